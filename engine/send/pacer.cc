#include "engine/send/pacer.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/send/packet_sink.h"

namespace rollcall::send {
namespace {

// A sleep of the sender overshoots by some 60 us. Two milliseconds of credit keep the rate exact
// through that and through a preemption. They also limit the frames that leave back to back.
constexpr double kBurstSeconds = 0.002;

}  // namespace

Pacer::Pacer(PacketRate rate, TimePoint start) : filled_(start) {
  set_rate(rate);
}

void Pacer::set_rate(PacketRate rate) {
  ROLLCALL_CHECK(rate.per_second > 0);
  rate_ = rate;
  burst_ = std::max(1.0, rate.per_second * kBurstSeconds);
  quantum_ = std::clamp(burst_ / 4, 1.0, static_cast<double>(kBatchMax));
}

Pacer::Allowance Pacer::allowance(TimePoint now) {
  const std::chrono::duration<double> elapsed = now - filled_;
  filled_ = now;
  tokens_ = std::min(burst_, tokens_ + std::max(0.0, elapsed.count()) * rate_.per_second);
  if (tokens_ >= quantum_) return {static_cast<std::uint32_t>(tokens_), now};
  const std::chrono::duration<double> wait((quantum_ - tokens_) / rate_.per_second);
  return {0, now + std::chrono::ceil<Duration>(wait)};
}

}  // namespace rollcall::send
