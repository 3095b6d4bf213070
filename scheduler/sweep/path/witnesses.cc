#include "scheduler/sweep/path/witnesses.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

// With fewer than this share of the expected answers, replies do not reach this host. A loss at
// which a sweep still works leaves more of them, and so does an outage of a part of the fleet.
constexpr double kShareMin = 0.25;
// The same share, for slices with few expected answers.
constexpr double kShareOfFew = 0.5;
// This many canaries decide alone, if half of them answered.
constexpr double kCanariesEnough = 3;
constexpr double kCanaryShareMin = 0.5;
// A slice with fewer expected answers than this is judged together with its neighbours.
constexpr double kExpectedAlone = 5;
// The neighbours lie within this many slices: each canary is probed at least once in that time.
constexpr std::size_t kReach = 2;
// Expected answers in the slice and its neighbours. Below kExpectedSome the slice is unreliable
// only when all are lost. Below kExpectedMin witnesses prove nothing.
constexpr double kExpectedSome = 3;
constexpr double kExpectedMin = 1;
// Linux sends one ICMP error a second to one receiver (net.ipv4.icmp_ratelimit). So a router's
// silence proves nothing, and its reply is valid for this many slices around it.
constexpr std::size_t kRouterReach = 8;

}  // namespace

std::size_t Witnesses::index_of(TimePoint at) const {
  return at <= start_ ? 0 : static_cast<std::size_t>((at - start_) / kSlice);
}

Witnesses::Slice& Witnesses::at_slice(TimePoint at) {
  const std::size_t index = index_of(at);
  if (index >= slices_.size()) slices_.resize(index + 1);
  return slices_[index];
}

Witnesses::Sum Witnesses::sum(std::size_t middle, std::size_t reach) const {
  const double share = targets_asked_ == 0 ? 0
                                           : static_cast<double>(targets_heard_) /
                                                 static_cast<double>(targets_asked_);
  const std::size_t first = middle - std::min(middle, reach);
  const std::size_t last = std::min(middle + reach + 1, slices_.size());
  Sum sum;
  for (std::size_t i = first; i < last; ++i) {
    const Slice& slice = slices_[i];
    const double expected = share * slice.targets_asked + slice.canaries_asked;
    // A busy slice must not outweigh its quiet neighbours.
    const double weight = reach > 0 ? kExpectedAlone / std::max(kExpectedAlone, expected) : 1;
    sum.expected += weight * expected;
    sum.heard += weight * (slice.targets_heard + slice.canaries_heard);
    sum.canaries_asked += slice.canaries_asked;
    sum.canaries_heard += slice.canaries_heard;
    sum.routers += slice.routers_heard;
  }
  return sum;
}

Hearing Witnesses::of_slice(std::size_t index) const {
  const Sum alone = sum(index, 0);
  if (alone.canaries_asked >= kCanariesEnough &&
      alone.canaries_heard >= kCanaryShareMin * alone.canaries_asked) {
    return Hearing::kProven;
  }
  if (alone.expected >= kExpectedAlone) {
    return alone.heard < kShareMin * alone.expected ? Hearing::kUnreliable : Hearing::kProven;
  }
  const Sum around = sum(index, kReach);
  if (around.expected >= kExpectedSome) {
    return around.heard < kShareOfFew * around.expected ? Hearing::kUnreliable : Hearing::kProven;
  }
  if (around.expected >= kExpectedMin) {
    return around.heard == 0 ? Hearing::kUnreliable : Hearing::kProven;
  }
  return sum(index, kRouterReach).routers > 0 ? Hearing::kProven : Hearing::kUnproven;
}

Hearing Witnesses::hearing(TimePoint from, TimePoint to) const {
  Hearing worst = Hearing::kProven;
  for (std::size_t i = index_of(from); i <= index_of(to); ++i) {
    const Hearing one = i < slices_.size() ? of_slice(i) : Hearing::kUnproven;
    if (one == Hearing::kUnreliable) return one;
    if (one == Hearing::kUnproven) worst = one;
  }
  return worst;
}

bool Witnesses::was_router_heard(TimePoint from, TimePoint to) const {
  for (std::size_t i = index_of(from); i <= index_of(to) && i < slices_.size(); ++i) {
    if (slices_[i].routers_heard > 0) return true;
  }
  return false;
}

bool Witnesses::was_dark(TimePoint from, TimePoint to) const {
  for (std::size_t i = index_of(from); i <= index_of(to) && i < slices_.size(); ++i) {
    const Sum alone = sum(i, 0);
    const Sum around = alone.expected >= kExpectedAlone ? alone : sum(i, kReach);
    if (around.expected >= kExpectedSome && around.heard == 0) return true;
  }
  return false;
}

std::uint32_t Witnesses::unreliable_slices() const {
  std::uint32_t deaf = 0;
  for (std::size_t i = 0; i < slices_.size(); ++i) deaf += of_slice(i) == Hearing::kUnreliable;
  return deaf;
}

}  // namespace rollcall::sweep
