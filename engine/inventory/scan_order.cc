#include "engine/inventory/scan_order.h"

#include <algorithm>
#include <utility>

#include "engine/base/random.h"
#include "engine/base/siphash.h"

namespace rollcall::inventory {
namespace {

// The target's moment in the upper half, its row in the lower: sorting these orders the sweep.
using Slot = std::uint64_t;

constexpr std::uint32_t row_of(Slot slot) {
  return static_cast<std::uint32_t>(slot);
}

// Assigns the rows of one group, in random order, to moments that are 1/n of the sweep apart. The
// sweep is 2^32 long, so moments within a group are distinct for up to 2^32 targets.
void place_group(const Group& group, Random& random, std::vector<Slot>& slots) {
  const std::uint64_t offset = random() >> 32;
  Slot* members = slots.data() + group.first;
  for (std::uint32_t k = 0; k < group.targets; ++k) members[k] = group.first + k;
  for (std::uint32_t k = 0; k < group.targets; ++k) {
    std::swap(members[k], members[k + random.below(group.targets - k)]);
    const std::uint64_t moment = ((std::uint64_t{k} << 32) + offset) / group.targets;
    members[k] |= moment << 32;
  }
}

}  // namespace

std::vector<TargetIndex> scan_order(std::span<const Group> groups, std::uint64_t seed) {
  // The order is visible on the wire, and Random can be run backwards. It must therefore not start
  // from the seed itself, which keys the table's hashes (ADR 24).
  constexpr std::uint64_t kScanOrder = 0x7363616e'6f726465;
  Random random(siphash24<1>({seed, kScanOrder}, {0}));
  std::vector<Slot> slots(groups.empty() ? 0 : groups.back().first + groups.back().targets);
  for (const Group& group : groups) place_group(group, random, slots);
  std::ranges::sort(slots);

  std::vector<TargetIndex> order(slots.size());
  std::ranges::transform(slots, order.begin(), [](Slot slot) { return TargetIndex{row_of(slot)}; });
  return order;
}

}  // namespace rollcall::inventory
