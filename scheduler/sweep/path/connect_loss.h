// Estimates the loss of one egress from connects: which of its SYNs a connect's answer followed.
//
// A device on the path may treat a sweep's SYNs differently from the kernel's. It may filter them
// by source port, or drop the first SYN of each connection, which only the kernel sends again. The
// loss of the sweep's SYNs then says nothing about connects, so this class measures connects.
//
// Let r be the share of answered connects that a later SYN than the first one opened, and L the
// loss of each SYN. With two SYNs a connect, r / (1 - r) is L. With three or more it is at least
// L + L * L.
//
// Threading: one thread.
// Ownership: own sums.
// Units:     connects.
// Cost:      an addition a connect.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace rollcall::sweep {

class ConnectLoss {
 public:
  // The SYN of a connect that the target answered.
  enum class Syn : std::uint8_t { kFirst, kSecond, kLater };

  void answered(Syn syn) { ++answers_[static_cast<std::size_t>(syn)]; }
  void control_failed() { ++failed_; }

  bool is_known() const { return answered_in_all() >= kSamplesMin; }
  // True when no connect was answered by its first SYN, as when a device drops all first SYNs.
  bool is_first_syn_dropped() const { return is_known() && first() == 0; }
  // How many of a connect's SYNs can be answered, if the kernel sends `syns`.
  int trials(int syns) const { return std::max(1, syns - (is_first_syn_dropped() ? 1 : 0)); }
  // The loss to assume for each SYN: the measured one plus two standard deviations, and three more
  // lost connects. With few connects it is at least kLossOfFew.
  double assumed(int syns) const {
    const double samples = answered_in_all() + failed_;
    const double late = samples - first() - (is_first_syn_dropped() ? second() : 0);
    const double seen = samples > 0 ? late / samples : 0;
    if (samples < kSamplesToBound) return std::max(kLossOfFew, loss_of(seen, trials(syns)));
    return loss_of(seen + 2 * std::sqrt(seen * (1 - seen) / samples) + 3 / samples, trials(syns));
  }

  static constexpr std::uint32_t kSamplesMin = 8;

 private:
  static constexpr double kSamplesToBound = 30;
  static constexpr double kLossOfFew = 0.2;

  // The loss of each SYN if this share of the connects was not answered by its first SYN.
  static double loss_of(double share, int trials) {
    if (share >= 1) return 1;
    const double ratio = share / (1 - share);
    return std::min(1.0, trials < 3 ? ratio : (std::sqrt(1 + 4 * ratio) - 1) / 2);
  }

  double first() const { return answers_[0]; }
  double second() const { return answers_[1]; }
  double answered_in_all() const { return std::accumulate(answers_.begin(), answers_.end(), 0.0); }

  std::array<std::uint32_t, 3> answers_{};  // by Syn
  std::uint32_t failed_ = 0;
};

}  // namespace rollcall::sweep
