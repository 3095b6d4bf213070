#include "cli/wiring.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "capture/capture_loop.h"
#include "cli/doctor/preflight.h"
#include "cli/own_side.h"
#include "cli/path_findings.h"
#include "cli/render_group.h"
#include "cli/way_check.h"
#include "engine/send/neighbour_tables.h"
#include "engine/send/sender.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::cli {
namespace {

// A quarter of a second of replies at 250,000/s while the scheduler is kept from running.
constexpr std::size_t kObservations = 65536;

void note(const SweepHooks& hooks, const std::string& text) {
  if (hooks.note) hooks.note(text);
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

std::string neighbours_were_full(const send::NeighbourTables& tables) {
  return fmt::format(
      "the kernel's neighbour table was full, so on-link addresses were never asked; enlarge it "
      "above their "
      "number, with: sysctl -w net.ipv4.neigh.default.gc_thresh3=65536 (now {})",
      tables.entries_max_v4);
}

// Who cannot be asked is no witness.
send::NeighbourTables neighbour_tables() {
  return send::read_neighbour_tables().value_or(send::NeighbourTables{});
}

// Everything that must be open before the first probe.
struct Equipment {
  send::RoutePlan routes;
  Lanes lanes;
  packet::PortSchedule ports;
  std::vector<std::unique_ptr<capture::PacketSource>> captures;
  std::unique_ptr<recheck::TcpConnector> connector;
};

Result<Equipment> equip(const inventory::TargetTable& table, const SweepRequest& request,
                        const SweepHooks& hooks) {
  auto routes = send::plan_routes(table, request.routes);
  if (!routes) return std::unexpected(routes.error());
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
  const packet::PortSchedule ports(request.key, packet::kDefaultPortBase);
  auto captures = open_captures(*routes, ports, request.capture_ring_bytes);
  if (!captures) return std::unexpected(captures.error());
  auto connector = open_connector(hooks);
  if (!connector) return std::unexpected(connector.error());
  return Equipment{std::move(*routes), std::move(*lanes), ports, std::move(*captures),
                   std::move(*connector)};
}

// What keeps a sweep from being sound, in words.
using Reasons = std::vector<std::string>;

// The scheduler's loop: rounds until every target is settled, or until the user or a dead capture
// ends it.
void drive(sweep::Sweep& sweep, OwnSide& own, send::Sender& sender,
           const capture::CaptureLoop& capture, const SweepHooks& hooks, const Clock& clock,
           Reasons& reasons) {
  while (!sweep.done()) {
    const TimePoint now = clock.now();
    // First the counters, then the answers that had come by then, then the judgement.
    const auto slice = own.round(now);
    const TimePoint wake = sweep.step(now);
    if (slice) {
      sweep.note_own_side(*slice);
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

// Where somebody did not answer, the way there is looked at before anybody is called missing.
void distrust_changed_ways(sweep::Sweep& sweep, const inventory::TargetTable& table,
                           const SweepRequest& request, const send::RoutePlan& routes,
                           const send::NeighbourTables& before, Reasons& reasons) {
  const sweep::Progress progress = sweep.progress();
  if (progress.answering == progress.targets || !reasons.empty()) return;
  std::vector<bool> distrusted(routes.hops().size());
  for (const ChangedHop& hop : changed_hops(table, request.routes, routes)) {
    distrusted[hop.hop] = true;
    reasons.push_back(hop.reason);
  }
  const send::NeighbourTables after = neighbour_tables();
  if (after.refusals > before.refusals) {
    bool any_on_link = false;
    for (std::size_t i = 0; i < distrusted.size(); ++i) {
      if (!routes.hops()[i].gateway) any_on_link = distrusted[i] = true;
    }
    if (any_on_link) reasons.push_back(neighbours_were_full(after));
  }
  sweep.distrust([&](Place target) {
    const std::uint16_t hop = routes.hop_of(target);
    return hop != send::RoutePlan::kNoHop && distrusted[hop];
  });
}

std::string name_of_interfaces(const send::RoutePlan& routes) {
  return fmt::format("{}", fmt::join(interfaces_of(routes), "+"));
}

// A little below what it was: the path may have changed since, and climbing is quick.
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
    result.ways_lost = result.ways_lost || lost.is_lost;
    reasons.push_back(fmt::format("{} in {}: {}", counted(lost.targets, "target"),
                                  lost.range.to_string(), lost.reason));
  }
  const auto unknown = result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)];
  if (unknown > 0 && reasons.empty()) {
    reasons.push_back(fmt::format("{} could not be judged: {}", counted(unknown, "target"),
                                  result.path.findings.empty()
                                      ? "local errors"
                                      : "an answer of theirs might have been lost"));
    for (const sweep::Finding& finding : result.path.findings) reasons.push_back(finding.text);
  }
  result.conclusive = reasons.empty();
  result.inconclusive_reasons = std::move(reasons);
}

}  // namespace

// Sweeps of one process count on from here; another process has another key, and with it other
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
      .waits = waits,
      .recheck_source = request.routes.source,
      .auto_rate = rate_to_start_from(request, routes),
      .judge_path = true};
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
  OwnSide own(interfaces_of(routes), sender, capture, clock.now());

  const send::NeighbourTables neighbours = neighbour_tables();
  Reasons reasons;
  {
    // Both threads stop by their tokens, so that they also do when something throws in between.
    const std::jthread capture_thread([&capture](const std::stop_token& stop) {
      const std::stop_callback on_stop(stop, [&capture] { capture.stop(); });
      capture.run();
    });
    const std::jthread sender_thread([&sender](const std::stop_token& stop) { sender.run(stop); });
    drive(sweep, own, sender, capture, hooks, clock, reasons);
  }
  own.close(clock.now());

  if (request.rate_memory && options.auto_rate && reasons.empty() && !sweep.gave_up()) {
    (*request.rate_memory)[name_of_interfaces(routes)] = sweep.rate();
  }
  distrust_changed_ways(sweep, table, request, routes, neighbours, reasons);
  if (sweep.gave_up()) reasons.push_back(why_it_gave_up(sweep));
  sweep::PathFigures path = own.figures();
  path.lane = equipment->lanes.name;
  for (std::string& loss : own.findings()) path.findings.push_back({std::move(loss)});
  std::ranges::move(path_findings(sweep, table, routes), std::back_inserter(path.findings));
  for (std::string& lie : canary_lies(sweep, table)) reasons.push_back(std::move(lie));
  sweep::SweepResult result = sweep.finish(clock.now(), std::move(path));
  result.started_at = started_at;
  result.duration = clock.now() - start;
  say_why_inconclusive(result, routes, std::move(reasons));
  return result;
}

}  // namespace rollcall::cli
