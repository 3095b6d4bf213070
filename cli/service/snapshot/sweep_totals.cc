#include "cli/service/snapshot/sweep_totals.h"

#include <algorithm>

namespace rollcall::web {
namespace {

template <std::size_t kBounds>
void count_in(HistogramBuckets<kBounds>& buckets, const std::array<std::uint32_t, kBounds>& bounds,
              std::uint64_t value, double seconds) {
  const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
  ++buckets.counts[static_cast<std::size_t>(bucket)];
  buckets.sum_s += seconds;
}

// Four bits per attempt, the first lowest. An attempt without evidence may stand between others.
void count_evidence(std::array<std::uint64_t, verdict::kEvidences>& by, std::uint32_t evidence) {
  for (; evidence != 0; evidence >>= 4) {
    const std::size_t kind = evidence & 0xf;
    if (kind != 0 && kind < by.size()) ++by[kind];
  }
}

}  // namespace

void SweepTotals::add(const sweep::SweepResult& result) {
  ++(result.conclusive ? conclusive : inconclusive);
  const sweep::PathFigures& path = result.path;
  probes_sent += path.probes_sent;
  canary_probes += path.canary_probes;
  late += path.late;
  duplicate += path.duplicate;
  for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i] += path.rejected_by[i];
  send_errors += path.send_errors;
  ring_drops += path.ring_drops;
  capture_drops += path.capture_drops;
  kernel_drops += path.kernel_drops;
  slices += path.slices;
  unsound_slices += path.unsound_slices;
  for (const verdict::TargetProgress& state : result.states) {
    count_evidence(syns, state.syn_evidence);
    count_evidence(connects, state.connect_evidence);
    if (state.rtt_us >= verdict::kOvertook) continue;  // unknown
    count_in(rtts, kRttBounds_us, state.rtt_us, state.rtt_us * 1e-6);
  }
  // Rounds up, so that a duration just above a bound is not counted within it.
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(result.duration).count();
  count_in(durations, kDurationBounds_ms, static_cast<std::uint64_t>(millis),
           std::chrono::duration<double>(result.duration).count());
}

}  // namespace rollcall::web
