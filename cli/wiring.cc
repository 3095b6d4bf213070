#include "cli/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "capture/capture_loop.h"
#include "capture/path_ledger.h"
#include "cli/doctor/preflight.h"
#include "cli/way_check.h"
#include "engine/inventory/scan_order.h"
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

Result<std::unique_ptr<recheck::TcpConnector>> open_connector() {
  auto uring = recheck::make_uring_connector();
  return uring ? std::move(uring) : recheck::make_epoll_connector();
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
  for (const std::string& text : lanes->notes) note(hooks, text);
  if (request.preflight) {
    const auto notes =
        doctor::preflight(table, *routes, {.raw_ip_only = request.lane == LaneChoice::kIp});
    if (!notes) return std::unexpected(notes.error());
    for (const std::string& text : *notes) note(hooks, text);
  }
  const packet::PortSchedule ports(request.key, packet::kDefaultPortBase);
  auto captures = open_captures(*routes, ports);
  if (!captures) return std::unexpected(captures.error());
  auto connector = open_connector();
  if (!connector) return std::unexpected(connector.error());
  return Equipment{std::move(*routes), std::move(*lanes), ports, std::move(*captures),
                   std::move(*connector)};
}

// What keeps a sweep from being sound, in words.
using Reasons = std::vector<std::string>;

// The scheduler's loop: rounds until every target is settled, or until the user or a dead capture
// ends it.
void drive(sweep::Sweep& sweep, const capture::CaptureLoop& capture, std::jthread& sender,
           const SweepHooks& hooks, const Clock& clock, Reasons& reasons) {
  while (!sweep.done()) {
    const TimePoint now = clock.now();
    const TimePoint wake = sweep.step(now);
    if (hooks.progress) hooks.progress(sweep.progress(), now);
    if (reasons.empty()) {
      std::string reason = capture.failure();
      if (!reason.empty()) reason = "the capture failed: " + reason;
      if (hooks.interrupted && hooks.interrupted()) reason = "interrupted";
      if (!reason.empty()) {
        reasons.push_back(std::move(reason));
        sender.request_stop();
        sweep.interrupt();
      }
    }
    sleep_until(wake, clock);
  }
}

// What this host may have lost itself, counted before and after.
struct HostCounters {
  std::uint64_t kernel_drops = 0;
  send::NeighbourTables neighbours;
};

HostCounters read_host_counters(const send::RoutePlan& routes) {
  return {.kernel_drops = capture::read_kernel_drops(interfaces_of(routes)),
          // Who cannot be asked is no witness.
          .neighbours = send::read_neighbour_tables().value_or(send::NeighbourTables{})};
}

// Where somebody did not answer, our own side is looked at before anybody is called missing.
void distrust_own_side(sweep::Sweep& sweep, const inventory::TargetTable& table,
                       const SweepRequest& request, const send::RoutePlan& routes,
                       const HostCounters& before, Reasons& reasons) {
  const sweep::Progress progress = sweep.progress();
  if (progress.answering == progress.targets || !reasons.empty()) return;
  std::vector<bool> distrusted(routes.hops().size());
  for (const ChangedHop& hop : changed_hops(table, request.routes, routes)) {
    distrusted[hop.hop] = true;
    reasons.push_back(hop.reason);
  }
  const HostCounters after = read_host_counters(routes);
  if (after.neighbours.refusals > before.neighbours.refusals) {
    bool any_on_link = false;
    for (std::size_t i = 0; i < distrusted.size(); ++i) {
      if (!routes.hops()[i].gateway) any_on_link = distrusted[i] = true;
    }
    if (any_on_link) reasons.push_back(neighbours_were_full(after.neighbours));
  }
  sweep.distrust([&](TargetIndex target) {
    const std::uint16_t hop = routes.hop_of(target);
    return hop != send::RoutePlan::kNoHop && distrusted[hop];
  });
}

// Without connects, a lost reply alone would make somebody silent.
void distrust_drops(sweep::Sweep& sweep, const sweep::PathFigures& path, Reasons& reasons) {
  const std::uint64_t drops = path.ring_drops + path.capture_drops + path.kernel_drops;
  const sweep::Progress progress = sweep.progress();
  if (drops == 0 || progress.answering == progress.targets) return;
  sweep.distrust([](TargetIndex) { return true; });
  reasons.push_back(
      fmt::format("this host lost {} packets itself ({} in the capture ring, {} in our queue, {} "
                  "in the kernel), and "
                  "--no-recheck lets nothing make up for that; lower --rate, or recheck",
                  drops, path.capture_drops, path.ring_drops, path.kernel_drops));
}

sweep::PathFigures own_figures(const send::Sender& sender, capture::CaptureLoop& capture,
                               const HostCounters& before, const HostCounters& after) {
  sweep::PathFigures path;
  path.probes_sent = sender.counters().sent.get();
  path.send_errors = sender.counters().not_sent.get();
  path.rejected = capture.counters().rejected_total();
  for (std::size_t i = 0; i < path.rejected_by.size(); ++i) {
    path.rejected_by[i] = capture.counters().rejected[i].get();
  }
  path.ring_drops = capture.counters().ring_drops.get();
  path.capture_drops = capture.source_drops();
  // An interface that vanished takes its counters along.
  path.kernel_drops = after.kernel_drops - std::min(before.kernel_drops, after.kernel_drops);
  return path;
}

void say_why_inconclusive(sweep::SweepResult& result, const send::RoutePlan& routes,
                          Reasons reasons) {
  result.sound = reasons.empty();
  for (const send::Unroutable& lost : routes.unroutable()) {
    reasons.push_back(
        fmt::format("{} targets in {}: {}", lost.targets, lost.range.to_string(), lost.reason));
  }
  const auto unknown = result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)];
  if (unknown > 0 && reasons.empty()) {
    reasons.push_back(fmt::format("{} targets could not be judged: local errors", unknown));
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

  const sweep::SweepOptions options{
      .epoch = request.epoch,
      .policy = request.policy,
      .rate = sweep::even_rate(table, request.rate, request.group_rate, &routes),
      .group_rate = request.group_rate,
      .waits = request.waits,
      .recheck_source = request.routes.source};
  send::ProbeRing requests(send::kProbesOutstandingMax);
  send::NoticeRing notices(send::kProbesOutstandingMax);
  capture::ObservationRing observations(kObservations);
  const capture::Correlator correlator(table, request.key, equipment->ports, options.epoch);
  capture::CaptureLoop capture(std::move(equipment->captures), correlator, observations, clock);
  send::Sender sender({.table = table,
                       .routes = routes,
                       .sinks = std::move(equipment->lanes.sinks),
                       .sink_of_hop = std::move(equipment->lanes.sink_of_hop),
                       .key = request.key,
                       .ports = equipment->ports,
                       .rate = options.rate,
                       .seed = request.seed,
                       .requests = requests,
                       .notices = notices,
                       .clock = clock});
  sweep::Sweep sweep({table, routes, requests, notices, observations, *equipment->connector},
                     inventory::scan_order(table, request.seed), options, clock.now());

  const HostCounters before = read_host_counters(routes);
  Reasons reasons;
  // Both threads stop by their tokens, so that they also do when something throws in between.
  std::jthread capture_thread([&capture](const std::stop_token& stop) {
    const std::stop_callback on_stop(stop, [&capture] { capture.stop(); });
    capture.run();
  });
  std::jthread sender_thread([&sender](const std::stop_token& stop) { sender.run(stop); });
  drive(sweep, capture, sender_thread, hooks, clock, reasons);
  sender_thread.request_stop();
  sender_thread.join();
  capture_thread.request_stop();
  capture_thread.join();

  sweep::PathFigures own = own_figures(sender, capture, before, read_host_counters(routes));
  distrust_own_side(sweep, table, request, routes, before, reasons);
  if (request.policy.recheck_rounds == 0) distrust_drops(sweep, own, reasons);
  own.lane = equipment->lanes.name;
  sweep::SweepResult result = sweep.finish(clock.now(), std::move(own));
  result.started_at = started_at;
  result.duration = clock.now() - start;
  say_why_inconclusive(result, routes, std::move(reasons));
  return result;
}

}  // namespace rollcall::cli
