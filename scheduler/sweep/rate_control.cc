#include "scheduler/sweep/rate_control.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

constexpr double kStep = 20000;            // a slice, while no knee is known
constexpr double kGrowth = 0.5;            // of the rate, if that is more
constexpr double kBackOff = 0.7;           // of the rate that lost packets
constexpr double kBelowKnee = 0.9;         // climbs fast up to this share of the knee
constexpr double kCreep = 0.01;            // of the knee a slice, above
constexpr double kLeast = 0.5;             // of the start
constexpr double kFading = 0.7;            // memory of answers, a slice
constexpr double kShareFactor = 3;         // this many times the loss at the start ...
constexpr double kShareMargin = 0.01;      // ... plus this much is loss caused by our rate
constexpr double kAnswersMin = 100;        // fewer answers prove nothing
constexpr int kSettleSlices = 4;           // replies to probes sent before a back-off still arrive
constexpr int kStartSlices = 2;            // their loss is the path's own ...
constexpr double kShareAtStartMax = 0.07;  // ... unless it is more than a path should lose
constexpr int kForgetSlices = 8;           // calm slices above the knee: the knee was temporary
// A sender below this share of the rate is limited by the processor; a higher rate has no effect.
constexpr double kReached = 0.85;

}  // namespace

RateControl::RateControl(PacketRate start, PacketRate ceiling)
    : start_(std::min(start.per_second, ceiling.per_second)),
      ceiling_(ceiling.per_second),
      rate_(start_) {}

PacketRate RateControl::add(const RateSlice& slice) {
  ++slices_;
  ++calm_slices_;
  if (is_lossy(slice)) {
    if (knee_ == 0 || calm_slices_ > kSettleSlices) back_off();
    return rate();
  }
  const std::chrono::duration<double> length = slice.length;
  const bool reached = static_cast<double>(slice.sent) >= kReached * rate_ * length.count();
  if (slices_ <= kStartSlices) return rate();  // a climb would distort the measurement
  if (reached && (knee_ == 0 || calm_slices_ > kSettleSlices)) climb();
  return rate();
}

bool RateControl::is_lossy(const RateSlice& slice) {
  recent_first_ = kFading * recent_first_ + static_cast<double>(slice.first_answers);
  recent_later_ = kFading * recent_later_ + static_cast<double>(slice.later_answers);
  const double answers = recent_first_ + recent_later_;
  const double share = answers < kAnswersMin ? 0 : recent_later_ / answers;
  if (slices_ <= kStartSlices) {
    share_at_start_ = std::min(kShareAtStartMax, std::max(share_at_start_, share));
  }
  return slice.lost || share > kShareFactor * share_at_start_ + kShareMargin;
}

void RateControl::back_off() {
  knee_ = rate_;
  rate_ = std::max(kLeast * start_, kBackOff * rate_);
  calm_slices_ = 0;
  recent_first_ = recent_later_ = 0;
}

void RateControl::climb() {
  if (knee_ != 0 && rate_ > kBelowKnee * knee_ && calm_slices_ > kForgetSlices) knee_ = 0;
  if (knee_ == 0) {
    rate_ += std::max(kStep, kGrowth * rate_);
  } else if (rate_ < kBelowKnee * knee_) {
    rate_ = std::min(rate_ + kStep, kBelowKnee * knee_);
  } else {
    rate_ += kCreep * knee_;
  }
  rate_ = std::min(rate_, ceiling_);
}

std::optional<PacketRate> RateControl::knee() const {
  return knee_ == 0 ? std::nullopt : std::optional(PacketRate{knee_});
}

}  // namespace rollcall::sweep
