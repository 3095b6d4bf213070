#include "cli/wiring.h"

#include <fmt/format.h>

#include <ctime>
#include <thread>

#include "capture/capture_loop.h"
#include "capture/path_ledger.h"
#include "cli/way_check.h"
#include "engine/inventory/scan_order.h"
#include "engine/send/sender.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::cli {
namespace {

// A quarter of a second of replies at 250,000/s while the scheduler is kept from running.
constexpr std::size_t kObservations = 65536;

// Sweeps of different processes must not reuse a 4-tuple within two minutes either; seconds do
// that.
Epoch epoch_of(WallTime wall) {
  return {static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count())};
}

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

// The scheduler's loop: rounds until every target is settled, or until the user or a dead capture
// ends it.
void drive(sweep::Sweep& sweep, const capture::CaptureLoop& capture, std::jthread& sender,
           const SweepHooks& hooks, const Clock& clock, std::vector<std::string>& reasons) {
  bool ended_early = false;
  while (!sweep.done()) {
    const TimePoint now = clock.now();
    const TimePoint wake = sweep.step(now);
    if (hooks.progress) hooks.progress(sweep.progress(), now);
    if (!ended_early) {
      std::string reason = capture.failure();
      if (!reason.empty()) reason = "the capture failed: " + reason;
      if (hooks.interrupted && hooks.interrupted()) reason = "interrupted";
      if (!reason.empty()) {
        ended_early = true;
        reasons.push_back(std::move(reason));
        sender.request_stop();
        sweep.interrupt();
      }
    }
    sleep_until(wake, clock);
  }
}

// Where somebody did not answer, the way there is looked at again before anybody is called missing.
void distrust_changed_ways(sweep::Sweep& sweep, const inventory::TargetTable& table,
                           const SweepRequest& request, const send::RoutePlan& routes,
                           std::vector<std::string>& reasons) {
  const sweep::Progress progress = sweep.progress();
  if (progress.answering == progress.targets) return;
  std::vector<bool> changed(routes.hops().size());
  for (const ChangedHop& hop : changed_hops(table, request.routes, routes)) {
    changed[hop.hop] = true;
    reasons.push_back(hop.reason);
  }
  sweep.distrust([&](TargetIndex target) {
    const std::uint16_t hop = routes.hop_of(target);
    return hop != send::RoutePlan::kNoHop && changed[hop];
  });
}

void account_for_path(sweep::PathFigures& path, const send::SenderCounters& sent,
                      const capture::CaptureCounters& captured, std::uint64_t capture_drops,
                      std::uint64_t kernel_drops) {
  path.probes_sent = sent.sent.get();
  path.send_errors = sent.not_sent.get();
  path.rejected = captured.rejected_total();
  path.ring_drops = captured.ring_drops.get();
  path.capture_drops = capture_drops;
  path.kernel_drops = kernel_drops;
}

void say_why_inconclusive(sweep::SweepResult& result, const send::RoutePlan& routes) {
  auto& reasons = result.inconclusive_reasons;
  for (const send::Unroutable& lost : routes.unroutable()) {
    reasons.push_back(
        fmt::format("{} targets in {}: {}", lost.targets, lost.range.to_string(), lost.reason));
  }
  const auto unknown = result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)];
  if (unknown > 0 && reasons.empty()) {
    reasons.push_back(fmt::format("{} targets could not be judged: local errors", unknown));
  }
  result.conclusive = reasons.empty();
}

}  // namespace

Result<sweep::SweepResult> run_sweep(const inventory::TargetTable& table,
                                     const SweepRequest& request, const SweepHooks& hooks) {
  const SystemClock clock;
  const WallTime started_at = clock.wall();
  const TimePoint start = clock.now();

  auto routes = send::plan_routes(table, request.routes);
  if (!routes) return std::unexpected(routes.error());
  auto lanes = open_lanes(*routes, request.lane);
  if (!lanes) return std::unexpected(lanes.error());
  for (const std::string& text : lanes->notes) note(hooks, text);

  const packet::CookieKey key = packet::CookieKey::random();
  const packet::PortSchedule ports(key, packet::kDefaultPortBase);
  auto captures = open_captures(*routes, ports);
  if (!captures) return std::unexpected(captures.error());
  auto connector = open_connector();
  if (!connector) return std::unexpected(connector.error());

  const sweep::SweepOptions options{
      .epoch = epoch_of(started_at),
      .policy = request.policy,
      .rate = sweep::even_rate(table, request.rate, request.group_rate),
      .group_rate = request.group_rate,
      .waits = request.waits,
      .recheck_source = request.routes.source};

  send::ProbeRing requests(send::kProbesOutstandingMax);
  send::NoticeRing notices(send::kProbesOutstandingMax);
  capture::ObservationRing observations(kObservations);
  const capture::Correlator correlator(table, key, ports, options.epoch);
  capture::CaptureLoop capture(std::move(*captures), correlator, observations, clock);
  send::Sender sender({.table = table,
                       .routes = *routes,
                       .sinks = std::move(lanes->sinks),
                       .sink_of_hop = std::move(lanes->sink_of_hop),
                       .key = key,
                       .ports = ports,
                       .rate = options.rate,
                       .seed = request.seed,
                       .requests = requests,
                       .notices = notices,
                       .clock = clock});
  sweep::Sweep sweep({table, *routes, requests, notices, observations, **connector},
                     inventory::scan_order(table, request.seed), options, clock.now());

  const std::vector<std::string> interfaces = interfaces_of(*routes);
  const std::uint64_t drops_before = capture::read_kernel_drops(interfaces);
  std::vector<std::string> reasons;
  std::jthread capture_thread([&capture] { capture.run(); });
  std::jthread sender_thread([&sender](const std::stop_token& stop) { sender.run(stop); });
  drive(sweep, capture, sender_thread, hooks, clock, reasons);
  sender_thread.request_stop();
  sender_thread.join();
  capture.stop();
  capture_thread.join();

  distrust_changed_ways(sweep, table, request, *routes, reasons);
  sweep::SweepResult result = sweep.finish(clock.now());
  result.started_at = started_at;
  result.duration = clock.now() - start;
  result.inconclusive_reasons = std::move(reasons);
  result.path.lane = lanes->name;
  account_for_path(result.path, sender.counters(), capture.counters(), capture.source_drops(),
                   capture::read_kernel_drops(interfaces) - drops_before);
  say_why_inconclusive(result, *routes);
  return result;
}

}  // namespace rollcall::cli
