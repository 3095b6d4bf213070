// Measures the loss of one egress: the share of answering targets that lost their first SYN. If
// hardly any target answers, it uses controls: the share that their first SYN did not connect.
//
// A sample counts only from a time in which nothing but the path can have lost packets: this host
// lost none, and there was no blackout. A target that lost its first SYN answers some slices later.
// So a slice's samples count only when the slices after it were clean as well.
//
// Threading: one thread.
// Ownership: own sums.
// Units:     slices of kSlice; targets.
// Cost:      a few additions a slice.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>

namespace rollcall::sweep {

class LossMeter {
 public:
  void first_answered() { ++first_in_slice_; }
  // Call when a target answered a later SYN: its first SYN timed out, `timeouts` SYNs in all.
  void later_answered(int timeouts) {
    ++later_in_slice_;
    (timeouts > 1 ? lost_second_ : lost_one_)++;
  }
  // Removes late samples of a group that limits connections, because they say nothing about the
  // path. `lost_one` lost their first SYN alone, `lost_both` their first two.
  void retract(std::uint64_t lost_one, std::uint64_t lost_both) {
    later_ -= std::min(later_, lost_one + lost_both);
    lost_one_ -= std::min(lost_one_, lost_one);
    lost_second_ -= std::min(lost_second_, lost_both);
  }
  // Call when a control has ended; says whether its first SYN connected it.
  void control_ended(bool by_first_syn) {
    if (is_clean()) (by_first_syn ? controls_by_first_ : controls_late_)++;
  }

  void end_slice(bool is_tainted) {
    if (is_tainted) {
      pending_first_.clear();
      tainted_left_ = kTaintedSlices;
      was_tainted_ = true;
    }
    if (tainted_left_ > 0) {
      --tainted_left_;
    } else {
      later_ += later_in_slice_;
      pending_first_.push_back(first_in_slice_);
      if (pending_first_.size() > kTaintedSlices) {
        first_ += pending_first_.front();
        pending_first_.pop_front();
      }
    }
    first_in_slice_ = later_in_slice_ = 0;
  }

  // True when current answers belong neither to a tainted time nor to a probe sent in one.
  bool is_clean() const { return tainted_left_ == 0; }
  std::uint64_t samples() const { return by_controls() ? controls() : firsts() + later_; }

  // The measured loss; 0 without samples.
  double measured() const {
    if (by_controls())
      return std::max(share(controls_late_, controls()), share(later_, firsts() + later_));
    // Second SYNs measure best: many routers drop the first packet to an address that they must
    // resolve. With few of them, assume one more lost and one more answered, and kLossOfFew at
    // least.
    const std::uint64_t seconds = lost_one_ + lost_second_;
    const double second = seconds >= kSamplesMin
                              ? share(lost_second_, lost_one_)
                              : std::max(kLossOfFew, share(lost_second_ + 1, seconds + 2));
    return std::min(share(later_, firsts() + later_), second);
  }
  // The loss that a verdict must assume. Few samples prove little. After a taint, the loss of the
  // time before is unknown.
  double assumed() const {
    const double seen = measured();
    if (samples() < kSamplesMin) return std::max(seen, was_tainted_ ? kLossUnknown : kLossOfFew);
    // By chance the sample may show too little: add two standard deviations and, for the case that
    // none was lost, the "rule of three".
    const auto count = static_cast<double>(samples());
    return std::min(1.0, seen + 2 * std::sqrt(seen * (1 - seen) / count) + 3 / count);
  }
  bool is_known() const { return samples() >= kSamplesMin || !was_tainted_; }

  static constexpr std::uint64_t kSamplesMin = 30;
  static constexpr double kLossOfFew = 0.1;
  static constexpr double kLossUnknown = 0.2;

 private:
  // How long after a taint late answers may belong to tainted probes, and how many slices before a
  // taint it may already have begun.
  static constexpr std::size_t kTaintedSlices = 8;

  std::uint64_t controls() const { return controls_by_first_ + controls_late_; }
  bool by_controls() const { return firsts() + later_ < kSamplesMin && controls() >= kSamplesMin; }

  static double share(std::uint64_t lost, std::uint64_t all) {
    return all == 0 ? 0 : std::min(1.0, static_cast<double>(lost) / static_cast<double>(all));
  }
  std::uint64_t firsts() const {
    std::uint64_t sum = first_;
    for (const std::uint64_t pending : pending_first_) sum += pending;
    return sum;
  }

  std::uint64_t first_in_slice_ = 0;
  std::uint64_t later_in_slice_ = 0;
  std::deque<std::uint64_t> pending_first_;  // of slices that may still turn out to be tainted
  std::uint64_t first_ = 0;
  std::uint64_t later_ = 0;
  std::uint64_t lost_one_ = 0;     // lost their first SYN and answered the second
  std::uint64_t lost_second_ = 0;  // lost both
  std::uint64_t controls_by_first_ = 0;
  std::uint64_t controls_late_ = 0;
  std::size_t tainted_left_ = 0;
  bool was_tainted_ = false;
};

}  // namespace rollcall::sweep
