#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/bench/render.h"
#include "cli/render/sweep_parts.h"
#include "engine/base/text/printable.h"

namespace rollcall::cli {
namespace {

using bench::CpuTimes;
using bench::HostFacts;
using bench::LoopFigures;
using bench::LoopStep;
using bench::RecheckFigures;
using bench::Report;
using bench::SendFigures;

constexpr double kBarColumns = 20;

// "1,234,568"
std::string with_commas(auto number) {
  std::string digits = fmt::format("{:.0f}", static_cast<double>(number));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string bar(bool chart, double value, double longest) {
  if (!chart || !(longest > 0)) return "";
  const auto columns = static_cast<std::size_t>(std::lround(kBarColumns * value / longest));
  return "  " + std::string(columns, '#');
}

std::string cpu_per_million(const CpuTimes& cpu, std::uint64_t count) {
  if (count == 0) return "-";
  return fmt::format("{:.2f}", cpu.total_s() * 1e6 / static_cast<double>(count));
}

std::string settings_text(const HostFacts& host) {
  return fmt::format(
      "receive steering (RPS) {}, netdev_max_backlog {}, governor {}",
      host.steered.empty() ? "off" : fmt::format("on: {}", fmt::join(host.steered, ", ")),
      host.backlog ? fmt::to_string(*host.backlog) : "unknown", host.governor.value_or("none"));
}

void render_head(std::ostream& out, const Report& report) {
  const HostFacts& host = report.host;
  out << fmt::format("machine   {}, {} CPU{}, kernel {}\n", printable(host.machine), host.cpus,
                     host.cpus == 1 ? "" : "s", printable(host.kernel));
  out << fmt::format("settings  {}\n", printable(settings_text(host)));
  out << fmt::format("measured  {}, through {}: {}\n", utc_text(report.started_at),
                     printable(report.interface), printable(report.far_end));
  for (const std::string& note : report.notes) {
    out << fmt::format("note      {}\n", printable(note));
  }
}

void render_send(std::ostream& out, const std::vector<SendFigures>& rows, bool chart) {
  double longest = 0;
  for (const SendFigures& row : rows) longest = std::max(longest, row.sent_pps);
  out << "\nsend: SYNs a second that the kernel took, and that the interface sent\n";
  out << fmt::format("{:<9}{:>6}{:>8}{:>12}{:>12}{:>10}{:>10}{:>9}\n", "lane", "batch", "threads",
                     "accepted/s", "sent/s", "refused", "tx drops", "CPU-s/M");
  for (const SendFigures& row : rows) {
    out << fmt::format("{:<9}{:>6}{:>8}{:>12}{:>12}{:>10}{:>10}{:>9}{}\n", row.lane, row.batch,
                       row.threads, with_commas(row.accepted_pps), with_commas(row.sent_pps),
                       with_commas(row.refused), with_commas(row.tx_drops),
                       cpu_per_million(row.cpu, row.frames), bar(chart, row.sent_pps, longest));
  }
}

void render_loop(std::ostream& out, const LoopFigures& loop, bool chart) {
  out << fmt::format("\nloop: SYN out, answer in and verified, each address asked once ({})\n",
                     loop.lane);
  out << fmt::format("{:>12}{:>12}{:>12}{:>9}{:>10}{:>9}{:>9}{:>9}\n", "asked/s", "sent/s",
                     "verified/s", "lost", "own drops", "p50 ms", "p99 ms", "CPU-s/M");
  for (const LoopStep& step : loop.steps) {
    out << fmt::format("{:>12}{:>12}{:>12}{:>9}{:>10}{:>9.3f}{:>9.3f}{:>9}{}\n",
                       with_commas(step.asked_pps), with_commas(step.sent_pps),
                       with_commas(step.verified_pps()), with_commas(step.lost()),
                       with_commas(step.own_drops), step.rtt_p50_ms, step.rtt_p99_ms,
                       cpu_per_million(step.cpu, step.verified),
                       bar(chart, step.verified_pps(), loop.reached_pps));
  }
  if (loop.loss_free_pps > 0) {
    out << fmt::format("without loss up to {}/s\n", with_commas(loop.loss_free_pps));
  } else {
    out << "no rate was without loss\n";
  }
}

void render_recheck(std::ostream& out, const RecheckFigures& recheck) {
  out << "\nrecheck: full TCP connects, as rechecks make them\n";
  out << fmt::format(
      "{} connected/s, at most {} in flight; p50 {:.3f} ms, p90 {:.3f} ms, p99 {:.3f} ms; {} CPU-s "
      "a million\n",
      with_commas(recheck.connected_per_s), with_commas(recheck.in_flight_max), recheck.p50_ms,
      recheck.p90_ms, recheck.p99_ms, cpu_per_million(recheck.cpu, recheck.ended()));
  out << fmt::format(
      "{} connected, {} refused, {} timed out, {} unreachable, {} local errors in {:.2f} s\n",
      with_commas(recheck.connected), with_commas(recheck.refused), with_commas(recheck.timeouts),
      with_commas(recheck.unreachable), with_commas(recheck.local_errors), recheck.seconds);
}

}  // namespace

void render_bench_text(std::ostream& out, const Report& report, bool chart) {
  render_head(out, report);
  if (!report.send.empty()) render_send(out, report.send, chart);
  if (report.loop) render_loop(out, *report.loop, chart);
  if (report.recheck) render_recheck(out, *report.recheck);
  out << "\nCPU-s/M: CPU seconds (user, system, softirq) of the whole machine for a million\n";
}

}  // namespace rollcall::cli
