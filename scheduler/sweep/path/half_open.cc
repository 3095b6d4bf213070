#include "scheduler/sweep/path/half_open.h"

#include <algorithm>

namespace rollcall::sweep {

HalfOpen::Slot& HalfOpen::slot_of(TimePoint asked) {
  const std::int64_t number = asked.time_since_epoch() / kSlot;
  Slot& slot = slots_[static_cast<std::size_t>(number) % kSlots];
  if (slot.number < number) slot = {.number = number};
  return slot;
}

void HalfOpen::answered(TimePoint asked) {
  ++slot_of(asked).answers;
}

void HalfOpen::repeated(const Address& target, TimePoint asked, TimePoint at) {
  const Duration age = at - asked;
  if (asked < since_ || age < kRepeatMin || age > kRepeatMax) return;
  ++slot_of(asked).repeats;
  if (is_from_many(target, at)) judge(at);
}

bool HalfOpen::is_from_many(const Address& target, TimePoint at) {
  // Takes the slot of the same address, or else the oldest; an empty slot is older than any.
  const auto known = std::ranges::find_if(
      repeaters_, [&](const Repeater& each) { return each.at && each.address == target; });
  const auto place =
      known != repeaters_.end() ? known : std::ranges::min_element(repeaters_, {}, &Repeater::at);
  *place = {.address = target, .at = at};
  return std::ranges::all_of(repeaters_, [&](const Repeater& each) {
    return each.at && at - *each.at < kSlot * static_cast<int>(kSlots);
  });
}

// Judges by the probes of the last three seconds whose repeats must have arrived.
void HalfOpen::judge(TimePoint at) {
  const std::int64_t now = at.time_since_epoch() / kSlot;
  std::uint64_t answers = 0;
  std::uint64_t repeats = 0;
  for (const Slot& slot : slots_) {
    const std::int64_t age = now - slot.number;
    if (slot.number < 0 || age < kDue / kSlot || age >= std::ssize(slots_)) continue;
    answers += slot.answers;
    repeats += slot.repeats;
  }
  proven_ |= repeats >= kLeastAddresses &&
             static_cast<double>(repeats) >= kLeastShare * static_cast<double>(answers);
}

}  // namespace rollcall::sweep
