#include "engine/inventory/target_table.h"

#include <algorithm>
#include <tuple>

#include "engine/base/error.h"
#include "engine/base/large_pages.h"

namespace rollcall::inventory {
namespace {

constexpr std::uint32_t kEmptySlot = UINT32_MAX;
constexpr std::size_t kSlotsPerRow = 2;  // half full: 1.5 probes to a hit, 2.5 to a miss

// The finaliser of splitmix64: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

[[maybe_unused]] bool in_table_order(const Target& a, const Target& b) {
  return std::tie(a.group, a.address, a.port) < std::tie(b.group, b.address, b.port);
}

}  // namespace

TargetTable::TargetTable(std::vector<Target> rows, std::vector<Group> groups,
                         std::vector<LabelSet> label_sets, std::uint64_t hash_seed,
                         std::span<const CanaryAddress> canaries)
    : rows_(std::move(rows)),
      size_(static_cast<std::uint32_t>(rows_.size())),
      groups_(std::move(groups)),
      label_sets_(std::move(label_sets)),
      hash_seed_(hash_seed) {
  ROLLCALL_CHECK(rows_.size() + canaries.size() < kEmptySlot);
  const std::size_t slots = (rows_.size() + canaries.size()) * kSlotsPerRow;
  reserve_large(index_, slots);
  index_.resize(slots, kEmptySlot);
  ROLLCALL_DCHECK(std::ranges::is_sorted(rows_, in_table_order));
  for (const Group& group : groups_) addresses_ += group.addresses;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) insert(row);
  add_canaries(canaries);
}

void TargetTable::add_canaries(std::span<const CanaryAddress> canaries) {
  rows_.reserve(rows_.size() + canaries.size());
  for (const CanaryAddress& canary : canaries) {
    auto target = find(canary.address, canary.port);
    if (!target) {
      target = TargetIndex{static_cast<std::uint32_t>(rows_.size())};
      // One position behind the last group: whose rate they are charged to.
      rows_.push_back({.address = canary.address,
                       .group = {static_cast<std::uint32_t>(groups_.size())},
                       .port = canary.port,
                       .expect = Expect::kBound});
      insert(target->value);
    }
    canaries_.push_back({*target, canary.kind});
  }
}

void TargetTable::insert(std::uint32_t row) {
  std::size_t position = slot_of(rows_[row].address, rows_[row].port).position;
  std::uint32_t probes = 1;
  for (; index_[position] != kEmptySlot; position = after(position)) ++probes;
  index_[position] = row;
  probes_max_ = std::max(probes_max_, probes);
}

// Keyed, so that nobody outside can choose addresses that crowd one part of the index. Not a
// cryptographic hash: replies only look up, and what they look up never enters the index.
TargetTable::Slot TargetTable::slot_of(const Address& address, Port port) const noexcept {
  const std::uint64_t hash =
      mix(mix(mix(hash_seed_ ^ address.high()) ^ address.low()) ^ port.value);
  // The high half of hash x size spreads over any size; a power of two would waste up to half.
  return {static_cast<std::size_t>(((hash >> 32) * index_.size()) >> 32)};
}

std::size_t TargetTable::after(std::size_t position) const noexcept {
  return position + 1 == index_.size() ? 0 : position + 1;
}

void TargetTable::prefetch_row(Slot slot) const noexcept {
  if (index_.empty()) return;
  const std::uint32_t row = index_[slot.position];
  if (row != kEmptySlot) __builtin_prefetch(&rows_[row]);
}

std::optional<TargetIndex> TargetTable::find(const Address& address, Port port,
                                             Slot slot) const noexcept {
  for (std::uint32_t probe = 0; probe < probes_max_; ++probe) {
    const std::uint32_t row = index_[slot.position];
    if (row == kEmptySlot) return std::nullopt;
    if (rows_[row].address == address && rows_[row].port == port) return TargetIndex{row};
    slot.position = after(slot.position);
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
