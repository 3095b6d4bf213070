#include <nlohmann/json.hpp>

#include <cmath>
#include <ostream>

#include "cli/bench/render.h"
#include "cli/render/sweep_parts.h"

namespace rollcall::cli {
namespace {

using bench::CpuTimes;
using bench::HostFacts;
using bench::LoopFigures;
using bench::LoopStep;
using bench::RecheckFigures;
using bench::SendFigures;
using nlohmann::ordered_json;

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json cpu_json(const CpuTimes& cpu, std::uint64_t count) {
  const auto per_million = [count](double seconds) {
    return count == 0
               ? ordered_json(nullptr)
               : ordered_json(round_to_thousandths(seconds * 1e6 / static_cast<double>(count)));
  };
  return {{"user", per_million(cpu.user_s)},
          {"system", per_million(cpu.system_s)},
          {"softirq", per_million(cpu.softirq_s)}};
}

ordered_json times_json(double p50_ms, double p90_ms, double p99_ms, std::uint64_t count) {
  if (count == 0) return {{"p50", nullptr}, {"p90", nullptr}, {"p99", nullptr}};
  return {{"p50", round_to_thousandths(p50_ms)},
          {"p90", round_to_thousandths(p90_ms)},
          {"p99", round_to_thousandths(p99_ms)}};
}

ordered_json host_json(const HostFacts& host) {
  return {{"machine", host.machine},
          {"cpus", host.cpus},
          {"kernel", host.kernel},
          {"governor", or_null(host.governor)},
          {"netdev_max_backlog", or_null(host.backlog)},
          {"rps_interfaces", host.steered}};
}

ordered_json send_json(const SendFigures& row) {
  return {{"lane", row.lane},
          {"batch", row.batch},
          {"threads", row.threads},
          {"accepted_pps", std::llround(row.accepted_pps)},
          {"sent_pps", std::llround(row.sent_pps)},
          {"frames", row.frames},
          {"refused", row.refused},
          {"tx_drops", row.tx_drops},
          {"cpu_s_per_million", cpu_json(row.cpu, row.frames)}};
}

ordered_json step_json(const LoopStep& step) {
  return {{"asked_pps", std::llround(step.asked_pps)},
          {"sent_pps", std::llround(step.sent_pps)},
          {"verified_pps", std::llround(step.verified_pps())},
          {"probes", step.probes},
          {"expected", step.expected},
          {"verified", step.verified},
          {"lost", step.lost()},
          {"own_drops", step.own_drops},
          {"rtt_ms", times_json(step.rtt_p50_ms, step.rtt_p90_ms, step.rtt_p99_ms, step.verified)},
          {"cpu_s_per_million", cpu_json(step.cpu, step.verified)}};
}

ordered_json loop_json(const LoopFigures& loop) {
  ordered_json steps = ordered_json::array();
  for (const LoopStep& step : loop.steps) steps.push_back(step_json(step));
  return {{"lane", loop.lane},
          {"loss_free_pps", std::llround(loop.loss_free_pps)},
          {"reached_pps", std::llround(loop.reached_pps)},
          {"steps", std::move(steps)}};
}

ordered_json recheck_json(const RecheckFigures& recheck) {
  return {
      {"connected_per_s", std::llround(recheck.connected_per_s)},
      {"in_flight_max", recheck.in_flight_max},
      {"duration_s", round_to_thousandths(recheck.seconds)},
      {"connected", recheck.connected},
      {"refused", recheck.refused},
      {"timeouts", recheck.timeouts},
      {"unreachable", recheck.unreachable},
      {"local_errors", recheck.local_errors},
      {"connect_ms", times_json(recheck.p50_ms, recheck.p90_ms, recheck.p99_ms, recheck.connected)},
      {"cpu_s_per_million", cpu_json(recheck.cpu, recheck.ended())}};
}

}  // namespace

void render_bench_json(std::ostream& out, const bench::Report& report) {
  ordered_json document{
      {"schema", "rollcall.bench/1"},   {"started_at", utc_text(report.started_at)},
      {"host", host_json(report.host)}, {"interface", report.interface},
      {"far_end", report.far_end},      {"notes", report.notes}};
  if (!report.send.empty()) {
    auto& rows = document["send"] = ordered_json::array();
    for (const SendFigures& row : report.send) rows.push_back(send_json(row));
  }
  if (report.loop) document["loop"] = loop_json(*report.loop);
  if (report.recheck) document["recheck"] = recheck_json(*report.recheck);
  // Names of interfaces and machines may contain bytes that are no valid UTF-8.
  out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace rollcall::cli
