#include "engine/inventory/target_table.h"

#include <algorithm>
#include <tuple>

#include "engine/base/error.h"
#include "engine/base/large_pages.h"
#include "engine/base/siphash.h"
#include "engine/inventory/scan_order.h"

namespace rollcall::inventory {
namespace {

constexpr ScanIndex kEmptySlot{UINT32_MAX};
constexpr std::size_t kSlotsPerRow = 2;  // half full: 1.5 slots read for a hit, 2.5 for a miss

// The finaliser of splitmix64: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The hash is one-way: no value on the wire reveals the seed. To outsiders the phase is a random
// number, and a forger has to guess it (ADR 24).
void set_port_phase(Target& row, std::uint64_t seed) {
  constexpr std::uint64_t kPortPhase = 0x706f7274'70686173;
  row.port_phase =
      siphash24<3>({seed, kPortPhase}, {row.address.high(), row.address.low(), row.port.value}) &
      ((1u << kPortPhaseBits) - 1);
}

[[maybe_unused]] bool in_table_order(const Target& a, const Target& b) {
  return std::tie(a.group, a.address, a.port) < std::tie(b.group, b.address, b.port);
}

}  // namespace

TargetTable::TargetTable(std::vector<Target> rows, std::vector<Group> groups,
                         std::vector<LabelSet> label_sets, std::uint64_t seed,
                         std::span<const CanaryAddress> canaries)
    : size_(static_cast<std::uint32_t>(rows.size())),
      groups_(std::move(groups)),
      label_sets_(std::move(label_sets)),
      seed_(seed) {
  const std::size_t places = rows.size() + canaries.size();
  ROLLCALL_CHECK(places < kEmptySlot.value);
  ROLLCALL_DCHECK(std::ranges::is_sorted(rows, in_table_order));
  for (const Group& group : groups_) addresses_ += group.addresses;
  place_rows(rows, places);
  std::vector<Target>().swap(rows);  // freed now, because the index is large
  const std::size_t slots = places * kSlotsPerRow;
  reserve_large(index_, slots);
  index_.resize(slots, kEmptySlot);
  for (std::uint32_t place = 0; place < size_; ++place) insert({place});
  add_canaries(canaries);
}

void TargetTable::place_rows(std::span<const Target> rows, std::size_t places) {
  const std::vector<TargetIndex> order = scan_order(groups_, seed_);
  ROLLCALL_CHECK(order.size() == rows.size());  // the groups hold every row
  reserve_large(by_place_, places);
  reserve_large(place_of_, places);
  place_of_.resize(rows.size());
  for (const TargetIndex index : order) {
    place_of_[index.value] = {static_cast<std::uint32_t>(by_place_.size())};
    by_place_.push_back(rows[index.value]);
    by_place_.back().index = index;
    set_port_phase(by_place_.back(), seed_);
  }
}

void TargetTable::add_canaries(std::span<const CanaryAddress> canaries) {
  for (const CanaryAddress& canary : canaries) {
    auto target = find(canary.address, canary.port);
    if (!target) {
      const auto behind = static_cast<std::uint32_t>(by_place_.size());
      target = TargetIndex{behind};
      // This group number is one after the last group. Canaries share it, for the group rate limit.
      // Designated initialisers: g++ 12 refuses plain braces for a row with bit-fields.
      by_place_.push_back(Target{.address = canary.address,
                                 .group = {static_cast<std::uint32_t>(groups_.size())},
                                 .index = *target,
                                 .port = canary.port,
                                 .expect = Expect::kBound});
      set_port_phase(by_place_.back(), seed_);
      place_of_.push_back({behind});
      insert({behind});
    }
    canaries_.push_back({*target, canary.kind});
  }
}

void TargetTable::insert(ScanIndex place) {
  std::size_t position = position_of(at(place).address, at(place).port);
  std::uint32_t probes = 1;
  for (; index_[position] != kEmptySlot; position = after(position)) ++probes;
  index_[position] = place;
  probes_max_ = std::max(probes_max_, probes);
}

// Keyed, so that no outsider can choose addresses that collide in one part of the index. The hash
// need not be cryptographic: replies only look up, and never add to the index.
std::size_t TargetTable::position_of(const Address& address, Port port) const noexcept {
  const std::uint64_t hash = mix(mix(mix(seed_ ^ address.high()) ^ address.low()) ^ port.value);
  // The high half of hash x size suits any size; a power of two would waste up to half the memory.
  return static_cast<std::size_t>(((hash >> 32) * index_.size()) >> 32);
}

std::size_t TargetTable::after(std::size_t position) const noexcept {
  return position + 1 == index_.size() ? 0 : position + 1;
}

std::optional<ScanIndex> TargetTable::find_scan_index(const Address& address,
                                                      Port port) const noexcept {
  std::size_t position = position_of(address, port);
  for (std::uint32_t probe = 0; probe < probes_max_; ++probe, position = after(position)) {
    const ScanIndex place = index_[position];
    if (place == kEmptySlot) return std::nullopt;
    if (at(place).address == address && at(place).port == port) return place;
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
