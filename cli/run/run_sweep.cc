#include "cli/run/run_sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "capture/capture_loop.h"
#include "cli/doctor/preflight.h"
#include "cli/process/privileges.h"
#include "cli/run/host_loss_sampler.h"
#include "cli/run/next_hop_check.h"
#include "cli/run/path_findings.h"
#include "cli/run/silent_egress.h"
#include "engine/base/text/words.h"
#include "engine/send/routing/neighbour_tables.h"
#include "engine/send/sender.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::cli {
namespace {

// Room for a quarter of a second of replies at 250,000/s, while the scheduler thread is not run.
constexpr std::size_t kObservations = 65536;

// If a probe sent this recently was answered through a hop, the hop is alive.
constexpr Duration kLate = std::chrono::seconds(3);

// From this share of the planned rate on, only the group rate can have limited the sweep.
constexpr double kAlmost = 0.8;

void note(const SweepHooks& hooks, const std::string& text) {
  if (hooks.note) hooks.note(text);
}

void beat(const SweepHooks& hooks) {
  if (hooks.alive) hooks.alive();
}

// While the returned object lives, the registry monitors whether this heartbeat's thread advances.
std::shared_ptr<void> watched(const SweepHooks& hooks, const char* name, const Heartbeat& heart) {
  if (hooks.threads == nullptr) return nullptr;
  return hooks.threads->add_counter(name, [&heart] {
    return static_cast<std::uint64_t>(heart.last().time_since_epoch().count());
  });
}

Result<std::unique_ptr<recheck::TcpConnector>> open_connector(const SweepHooks& hooks) {
  auto uring = recheck::make_uring_connector();
  if (uring) return uring;
  auto epoll = recheck::make_epoll_connector();
  if (epoll) note(hooks, uring.error().to_string() + "; connecting with epoll instead");
  return epoll;
}

void sleep_until(TimePoint wake, const Clock& clock) {
  const Duration wait = wake - clock.now();
  if (wait > Duration::zero()) std::this_thread::sleep_for(wait);
}

std::string neighbours_were_full(const send::NeighbourTable& table, const char* family) {
  return fmt::format(
      "the kernel's neighbour table was full, so on-link addresses were never asked; enlarge it "
      "above their "
      "number, with: sysctl -w net.{}.neigh.default.gc_thresh3=65536 (now {})",
      family, table.entries_max);
}

// If the kernel tables cannot be read, assumes that the kernel refused no entry.
send::NeighbourTables neighbour_tables() {
  return send::read_neighbour_tables().value_or(send::NeighbourTables{});
}

// The sockets and plans that a sweep opens before its first probe.
struct SweepParts {
  send::RoutePlan routes;
  Lanes lanes;
  packet::PortSchedule ports;
  std::vector<std::unique_ptr<capture::PacketSource>> captures;
  std::unique_ptr<recheck::TcpConnector> connector;
};

Result<SweepParts> equip(const inventory::TargetTable& table, const SweepRequest& request,
                         const SweepHooks& hooks) {
  auto routes = send::plan_routes(table, request.routes);
  if (!routes) return std::unexpected(routes.error());
  for (const send::DeadMember& member : routes->dead_members()) {
    note(hooks, dead_member_text(member));
  }
  beat(hooks);
  auto lanes = open_lanes(*routes, request.lane);
  if (!lanes) return std::unexpected(lanes.error());
  if (request.preflight) {
    const auto notes = doctor::preflight(table, *routes,
                                         {.raw_ip_only = request.lane == LaneChoice::kIp,
                                          .refused_before = request.refused_before,
                                          .on_refusal = hooks.refused});
    if (!notes) return std::unexpected(notes.error());
    for (const std::string& text : *notes) note(hooks, text);
  }
  beat(hooks);
  const packet::PortSchedule ports(request.key, packet::kDefaultPortBase);
  auto captures = open_captures(*routes, ports, request.capture_ring_bytes);
  if (!captures) return std::unexpected(captures.error());
  auto connector = open_connector(hooks);
  if (!connector) return std::unexpected(connector.error());
  return SweepParts{std::move(*routes), std::move(*lanes), ports, std::move(*captures),
                    std::move(*connector)};
}

// The reasons why a sweep is not sound, as messages.
using Reasons = std::vector<std::string>;

// The scheduler loop. It runs rounds until every target is settled, the user interrupts, or the
// capture fails.
void drive(sweep::Sweep& sweep, HostLossSampler& own, send::Sender& sender,
           const capture::CaptureLoop& capture, const SweepHooks& hooks, const Clock& clock,
           Reasons& reasons) {
  while (!sweep.done()) {
    const TimePoint now = clock.now();
    // This order matters: read the loss counters, take the replies that arrived by then, and only
    // then judge the slice.
    const auto slice = own.round(now);
    const TimePoint wake = sweep.step(now);
    if (slice) {
      sweep.note_host_loss(*slice);
      sender.set_rate(sweep.rate());
    }
    if (hooks.progress) hooks.progress(sweep.progress(), now);
    if (reasons.empty()) {
      std::string reason = capture.failure();
      if (!reason.empty()) reason = "the capture failed: " + reason;
      if (hooks.interrupted && hooks.interrupted()) reason = "interrupted";
      if (!reason.empty()) {
        reasons.push_back(std::move(reason));
        sweep.interrupt();
      }
    }
    sleep_until(wake, clock);
  }
}

// If a target did not answer, checks the routes and next hops again before the sweep calls it
// missing.
void distrust_changed_routes(sweep::Sweep& sweep, const inventory::TargetTable& table,
                             const SweepRequest& request, const send::RoutePlan& routes,
                             const send::NeighbourTables& before, Reasons& reasons) {
  const sweep::Progress progress = sweep.progress();
  if (progress.answering == progress.targets || !reasons.empty()) return;
  std::vector<bool> distrusted(routes.hops().size());
  // A reply late in the sweep proves that a hop is alive, even if it does not answer ARP.
  const auto heard_late = [&sweep, &routes](std::size_t hop) {
    const auto& witnesses =
        sweep.path().witnesses(sweep.egress_of_hop(static_cast<std::uint16_t>(hop)));
    // The kernel chooses the member for a connect, so an answered connect proves one member of a
    // multipath route, but not which. Only answered probes count there.
    const auto last = routes.hops()[hop].multipath == 0 ? witnesses.last_heard_at()
                                                        : witnesses.last_probe_heard_at();
    return last >= sweep.now() - kLate;
  };
  for (const ChangedHop& hop : changed_hops(table, request.routes, routes, heard_late)) {
    distrusted[hop.hop] = true;
    // Members of one multipath route share the reason.
    if (std::ranges::find(reasons, hop.reason) == reasons.end()) reasons.push_back(hop.reason);
  }
  const send::NeighbourTables after = neighbour_tables();
  const auto distrust_on_link = [&](bool v4) {
    const send::NeighbourTable& now = v4 ? after.v4 : after.v6;
    if (now.refusals <= (v4 ? before.v4 : before.v6).refusals) return;
    bool any_on_link = false;
    for (std::size_t i = 0; i < distrusted.size(); ++i) {
      const send::NextHop& hop = routes.hops()[i];
      if (!hop.gateway && hop.self.is_v4() == v4) any_on_link = distrusted[i] = true;
    }
    if (any_on_link) reasons.push_back(neighbours_were_full(now, v4 ? "ipv4" : "ipv6"));
  };
  distrust_on_link(true);
  distrust_on_link(false);
  sweep.distrust([&](ScanIndex target) {
    const std::uint16_t hop = routes.hop_of(target);
    return hop != send::RoutePlan::kNoHop && distrusted[hop];
  });
}

std::string name_of_interfaces(const send::RoutePlan& routes) {
  return fmt::format("{}", fmt::join(interfaces_of(routes), "+"));
}

// Starts at 90 % of the last rate: the path may be slower now, and the rate rises quickly.
std::optional<PacketRate> rate_to_start_from(const SweepRequest& request,
                                             const send::RoutePlan& routes) {
  if (!request.auto_rate || !request.rate_memory) return request.auto_rate;
  const auto found = request.rate_memory->find(name_of_interfaces(routes));
  if (found == request.rate_memory->end()) return request.auto_rate;
  return std::max(*request.auto_rate, PacketRate{found->second.per_second * 0.9});
}

void say_why_inconclusive(sweep::SweepResult& result, const send::RoutePlan& routes,
                          Reasons reasons) {
  result.sound = reasons.empty();
  for (const send::Unroutable& lost : routes.unroutable()) {
    result.routes_lost = result.routes_lost || lost.is_lost;
    reasons.push_back(fmt::format("{} in {}: {}", counted(lost.targets, "target"),
                                  lost.range.to_string(), lost.reason));
  }
  const auto unknown = result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)];
  if (unknown > 0 && reasons.empty()) {
    for (const sweep::Finding& finding : result.path.findings) reasons.push_back(finding.text);
    if (reasons.empty()) {
      reasons.emplace_back(
          "local errors, or nothing proved in time that their answer would have been heard");
    }
    // Some readers see the first line only, so it contains the first cause.
    reasons.front() =
        fmt::format("{} could not be judged: {}", counted(unknown, "target"), reasons.front());
  }
  result.conclusive = reasons.empty();
  result.inconclusive_reasons = std::move(reasons);
}

}  // namespace

// Sweeps of one process increment this value. Another process has another key, and so other source
// ports.
Epoch epoch_now() {
  return {static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(SystemClock().wall().time_since_epoch())
          .count())};
}

Result<sweep::SweepResult> run_sweep(const inventory::TargetTable& table,
                                     const SweepRequest& request, const SweepHooks& hooks) {
  const SystemClock clock;
  const WallTime started_at = clock.wall();
  const TimePoint start = clock.now();
  auto equipment = equip(table, request, hooks);
  if (!equipment) return std::unexpected(equipment.error());
  const send::RoutePlan& routes = equipment->routes;

  sweep::Waits waits = request.waits;
  waits.linear_syns = ::access("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", F_OK) == 0;
  const sweep::SweepOptions options{
      .epoch = request.epoch,
      .policy = request.policy,
      .rate = sweep::even_rate(table, request.rate, request.group_rate, &routes),
      .group_rate = request.group_rate,
      .rate_limit = request.rate,
      .waits = waits,
      .recheck_source = request.routes.source,
      .recheck_interface =
          request.routes.interface.empty() ? 0 : if_nametoindex(request.routes.interface.c_str()),
      .auto_rate = rate_to_start_from(request, routes),
      .judge_path = true,
      .limited_patience = request.limited_patience,
      .quotas = request.limited_memory->quotas(table, start)};
  send::ProbeRing requests(send::kProbesOutstandingMax);
  send::NoticeRing notices(send::kProbesOutstandingMax);
  capture::ObservationRing observations(kObservations);
  const capture::Correlator correlator(table, request.key, equipment->ports, options.epoch);
  capture::CaptureLoop capture(std::move(equipment->captures), correlator, observations, clock);
  sweep::Sweep sweep({table, routes, requests, notices, observations, *equipment->connector},
                     options, clock.now());

  send::Sender sender({.table = table,
                       .routes = routes,
                       .sinks = std::move(equipment->lanes.sinks),
                       .sink_of_hop = std::move(equipment->lanes.sink_of_hop),
                       .key = request.key,
                       .ports = equipment->ports,
                       .rate = sweep.rate(),
                       .scope = request.scope,
                       .requests = requests,
                       .notices = notices,
                       .clock = clock});
  HostLossSampler own({.interfaces = interfaces_of(routes),
                       .sender = sender,
                       .capture = capture,
                       .connector = *equipment->connector,
                       .probes_are_queued = equipment->lanes.has_raw_ip},
                      clock.now());

  const send::NeighbourTables neighbours = neighbour_tables();
  Reasons reasons;
  {
    const auto capture_watched = watched(hooks, "capture", capture.heartbeat());
    const auto sender_watched = watched(hooks, "sender", sender.heartbeat());
    // Stop tokens end both threads, also if an exception is thrown here. Their sockets are open, so
    // each thread drops its capabilities: code that a forged packet exploits cannot open others.
    const std::jthread capture_thread([&capture](const std::stop_token& stop) {
      drop_all();
      const std::stop_callback on_stop(stop, [&capture] { capture.stop(); });
      capture.run();
    });
    const std::jthread sender_thread([&sender](const std::stop_token& stop) {
      drop_all();
      sender.run(stop);
    });
    drive(sweep, own, sender, capture, hooks, clock, reasons);
  }
  own.close(clock.now());
  beat(hooks);

  if (request.rate_memory && options.auto_rate && reasons.empty() && !sweep.gave_up()) {
    (*request.rate_memory)[name_of_interfaces(routes)] = sweep.rate();
  }
  if (!sweep.gave_up()) {
    request.limited_memory->learn(table, sweep.tallies(), clock.now());
  }
  distrust_changed_routes(sweep, table, request, routes, neighbours, reasons);
  beat(hooks);
  std::vector<sweep::SilentHop> silent_hops;
  if (reasons.empty()) {
    silent_hops = judge_silent_egresses(sweep, table, routes, request.next_hop_suffices);
  }
  beat(hooks);
  if (sweep.gave_up()) reasons.push_back(why_it_gave_up(sweep));
  sweep::PathFigures path = own.figures();
  path.lane = equipment->lanes.name;
  std::ranges::move(misleading_rules(sweep), std::back_inserter(path.findings));
  for (std::string& loss : own.findings()) path.findings.push_back({std::move(loss)});
  std::ranges::move(path_findings(sweep, table, routes), std::back_inserter(path.findings));
  for (const sweep::SilentHop& hop : silent_hops) path.findings.push_back({to_sentence(hop)});
  for (std::string& lie : canary_lies(sweep, table)) reasons.push_back(std::move(lie));
  sweep::SweepResult result = sweep.finish(clock.now(), std::move(path));
  // False if the path or this host limited the sweep to an even lower rate.
  result.path.group_rate_limits =
      sweep::is_slowed_by_group_rate(table, request.auto_rate.value_or(request.rate),
                                     request.group_rate, &routes) &&
      result.path.rate_pps >= kAlmost * options.rate.per_second;
  result.silent_hops = std::move(silent_hops);
  result.started_at = started_at;
  result.duration = clock.now() - start;
  say_why_inconclusive(result, routes, std::move(reasons));
  return result;
}

}  // namespace rollcall::cli
