#include "engine/base/clock.h"

#include <ctime>

namespace rollcall {
namespace {

Duration read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) + Duration(ts.tv_nsec);
}

}  // namespace

TimePoint SystemClock::now() const noexcept {
  return TimePoint(read(CLOCK_MONOTONIC));
}
WallTime SystemClock::wall() const noexcept {
  return WallTime(read(CLOCK_REALTIME));
}

}  // namespace rollcall
