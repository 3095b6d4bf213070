// How fast very many who fell silent are asked once more.
//
// Linux, FreeBSD and most routers ration what they send back - 200 RSTs a second in FreeBSD - so
// that asking fast makes silence. Where nearly all answer, or nearly none, the pace doubles: that
// is no rationing. Where some do by a RST and some do not it halves, and connects are to keep to it
// too. SYN-ACKs are not rationed: where they are some, the path is lossy.
//
// Threading: one thread.  Ownership: none.  Units: monotonic time; questions.
// Errors:    none.  Cost: a few additions a question.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"

namespace rollcall::sweep {

class SlowPace {
 public:
  bool may_ask(TimePoint now) const { return now >= next_at_; }
  // A late caller makes up for itself, but never by more than `round`.
  void asked(TimePoint now, Duration round) {
    next_at_ = std::max(next_at_, now - round) + interval_;
  }
  enum class Outcome : std::uint8_t { kSilent, kReset, kOpen };
  void learned(Outcome outcome) {
    answered_ += outcome != Outcome::kSilent;
    resets_ += outcome == Outcome::kReset;
    if (++outcomes_ < kWindow) return;
    const bool some = resets_ > kNearlyNone && answered_ < kNearlyAll;
    rationed_ |= some;
    interval_ = std::clamp(some ? 2 * interval_ : interval_ / 2, kFastest, kSlowest);
    outcomes_ = answered_ = resets_ = 0;
  }

  // Some answered and some did not, of those who had all been silent.
  bool is_rationed() const { return rationed_; }
  Duration interval() const { return interval_; }

 private:
  static constexpr Duration kFastest = std::chrono::microseconds(100);
  static constexpr Duration kSlowest = std::chrono::milliseconds(10);
  static constexpr std::uint32_t kWindow = 100;
  static constexpr std::uint32_t kNearlyNone = 3;
  static constexpr std::uint32_t kNearlyAll = 90;

  Duration interval_ = std::chrono::milliseconds(4);
  TimePoint next_at_{};
  std::uint32_t outcomes_ = 0;
  std::uint32_t answered_ = 0;
  std::uint32_t resets_ = 0;
  bool rationed_ = false;
};

}  // namespace rollcall::sweep
