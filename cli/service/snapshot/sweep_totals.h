// SweepTotals adds up all sweeps since the start, for counters and histograms.
//
// Threading: a plain value.
// Units:     microseconds for round trips, seconds for sums; everything else counts.
// Cost:      under 1 KB; add() is one pass over the sweep's targets, about 20 ns each.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "engine/packet/frame_view.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::web {

// Counts by value. Bucket i counts values that are at most bounds[i] and above the bound before it.
// The last bucket counts values above all bounds.
template <std::size_t kBounds>
struct HistogramBuckets {
  std::array<std::uint64_t, kBounds + 1> counts{};
  double sum_s = 0;
};

// From a neighbour's 50 us to the kernel's third SYN.
inline constexpr std::array<std::uint32_t, 15> kRttBounds_us{
    50,     100,    200,     500,     1'000,   2'000,     5'000,    10'000,
    20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 3'000'000};

// From a recheck of a few targets to a million targets at a modest rate.
inline constexpr std::array<std::uint32_t, 11> kDurationBounds_ms{
    500, 1'000, 2'000, 5'000, 10'000, 20'000, 30'000, 60'000, 120'000, 300'000, 900'000};

struct SweepTotals {
  std::uint64_t conclusive = 0;
  std::uint64_t inconclusive = 0;  // at least one target could not be judged
  std::uint64_t failed = 0;        // could not start
  std::uint64_t probes_sent = 0;   // to targets
  std::uint64_t canary_probes = 0;
  // The final result of each SYN and each full connect, by verdict::Evidence.
  std::array<std::uint64_t, verdict::kEvidences> syns{};
  std::array<std::uint64_t, verdict::kEvidences> connects{};
  std::uint64_t late = 0;
  std::uint64_t duplicate = 0;
  std::array<std::uint64_t, packet::kRejectReasons> rejected{};  // by packet::RejectReason
  std::uint64_t send_errors = 0;
  std::uint64_t ring_drops = 0;
  std::uint64_t capture_drops = 0;
  std::uint64_t kernel_drops = 0;
  std::uint64_t slices = 0;  // of 250 ms, in which this host's own drops are counted
  std::uint64_t unsound_slices = 0;
  HistogramBuckets<kRttBounds_us.size()> rtts;
  HistogramBuckets<kDurationBounds_ms.size()> durations;

  void add(const sweep::SweepResult& result);
  void add_failed() { ++failed; }

  std::uint64_t syns_that_showed(verdict::Evidence evidence) const {
    return syns[static_cast<std::size_t>(evidence)];
  }
  std::uint64_t connects_that_showed(verdict::Evidence evidence) const {
    return connects[static_cast<std::size_t>(evidence)];
  }
};

}  // namespace rollcall::web
