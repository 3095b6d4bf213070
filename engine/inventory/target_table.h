// The fleet: an immutable table of all targets, found by position or by (address, port).
//
// A target has two positions. Its TargetIndex orders by (group, address, port); use it for
// reporting. Its ScanIndex is its position in a sweep. In memory the rows lie by ScanIndex: a sweep
// probes and judges hundreds of thousands of targets a second, nearly in that order. In any other
// memory order each step would wait for memory (ADR 23).
//
// Invariants:
//  1. Rows are ordered by (group, address, port); the rows of one group are contiguous.
//  2. No (address, port) appears twice.
//  3. Every group has at least one target.
//  4. Canaries that are not targets of the fleet have rows and scan positions after those of the
//     fleet: size(), rows() and groups() never show them, find(), at() and operator[] do.
//
// Threading: immutable, so shared freely between sender, capture and scheduler.
// Ownership: owns rows, names and index. References live as long as the table.
// Units:     positions are dense 32-bit numbers.
// Errors:    find() returns nullopt; all other functions succeed on valid indices.
// Cost:      36 bytes a row and 8 bytes a row for the hash index; find() is one keyed hash and on
//            average under two probes (2.5 for a miss), never more than the longest chain to any
//            row; no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"

namespace rollcall::inventory {

// The expected state of a target: kOpen needs a listener; kBound accepts a refusal too.
enum class Expect : std::uint8_t { kOpen, kBound };

// The labels (column, value) of one inventory line, sorted by column. Set 0 is the empty set.
using LabelSet = std::vector<std::pair<std::string, std::string>>;

// Half a cache line, so that a random row access waits for one cache line and never for two.
struct alignas(32) Target {
  Address address;
  GroupIndex group;
  std::uint32_t label_set = 0;  // position in TargetTable::label_sets()
  TargetIndex index;            // set by the table that holds the row
  Port port;
  Expect expect : 16 - kPortPhaseBits = Expect::kOpen;
  std::uint16_t port_phase : kPortPhaseBits = 0;  // start of its walk through the source ports, see
                                                  // port_schedule.h. Set by the table
};
static_assert(sizeof(Target) == 32);

struct Group {
  std::string name;
  std::uint32_t first = 0;  // row of the first target
  std::uint32_t targets = 0;
  std::uint32_t addresses = 0;
  std::string parent;  // rack, switch or site shared with other groups; "": none
  std::string note;    // the operators' note about this group; "": none
};

// The known behaviour of a canary. It is probed throughout a sweep to show whether this host
// receives replies.
enum class CanaryKind : std::uint8_t {
  kUp,         // answers with a SYN-ACK
  kClosed,     // answers with a RST
  kUnused,     // no host has this address: a reply proves that some device answers for others
  kCandidate,  // from the inventory, not judged itself: shows a working path once it has replied
};

struct CanaryAddress {
  Address address;
  Port port;
  CanaryKind kind = CanaryKind::kUp;
};

struct Canary {
  TargetIndex target;
  CanaryKind kind = CanaryKind::kUp;
};

class TargetTable {
  struct RowAt {
    const Target* by_place;
    const Target& operator()(ScanIndex place) const { return by_place[place.value]; }
  };

 public:
  // By TargetIndex. Iterators live no longer than the range object itself.
  using Rows = std::ranges::transform_view<std::span<const ScanIndex>, RowAt>;

  // Requires: rows obey the invariants, and groups describe them. Built by load_inventory().
  // A canary that is also a target shares its row. The seed determines the scan order, and keys the
  // hash and the port phases: with one seed a target has the same phase in every table.
  TargetTable(std::vector<Target> rows, std::vector<Group> groups, std::vector<LabelSet> label_sets,
              std::uint64_t seed, std::span<const CanaryAddress> canaries = {});

  // The number of targets of the fleet.
  std::uint32_t size() const { return size_; }
  // With the canaries' own rows: the upper bound of TargetIndex and ScanIndex values.
  std::uint32_t size_with_canaries() const { return static_cast<std::uint32_t>(by_place_.size()); }
  const Target& operator[](TargetIndex index) const { return at(place_of(index)); }
  const Target& at(ScanIndex place) const { return by_place_[place.value]; }
  ScanIndex place_of(TargetIndex index) const { return place_of_[index.value]; }
  Rows rows() const { return rows_at(0, size_); }
  Rows rows(const Group& group) const { return rows_at(group.first, group.targets); }
  // By ScanIndex.
  std::span<const Target> in_scan_order() const { return std::span(by_place_).first(size_); }
  std::span<const Canary> canaries() const { return canaries_; }
  std::span<const Group> groups() const { return groups_; }
  const Group& group(GroupIndex index) const { return groups_[index.value]; }
  std::span<const LabelSet> label_sets() const { return label_sets_; }
  // Sum over the groups: an address with ports in two groups counts in each.
  std::uint64_t addresses() const { return addresses_; }

  std::optional<TargetIndex> find(const Address& address, Port port) const noexcept {
    const auto place = find_scan_index(address, port);
    return place ? std::optional(at(*place).index) : std::nullopt;
  }
  // As find(), among the targets of the fleet alone.
  std::optional<TargetIndex> find_target(const Address& address, Port port) const noexcept {
    const auto found = find(address, port);
    return found && found->value < size() ? found : std::nullopt;
  }
  std::optional<ScanIndex> find_scan_index(const Address& address, Port port) const noexcept;

 private:
  Rows rows_at(std::uint32_t first, std::uint32_t count) const {
    return {std::span(place_of_).subspan(first, count), RowAt{by_place_.data()}};
  }
  void place_rows(std::span<const Target> rows, std::size_t places);
  void add_canaries(std::span<const CanaryAddress> canaries);
  void insert(ScanIndex place);
  std::size_t position_of(const Address& address, Port port) const noexcept;
  std::size_t after(std::size_t position) const noexcept;

  std::vector<Target> by_place_;
  std::vector<ScanIndex> place_of_;  // by TargetIndex
  std::uint32_t size_;
  std::vector<Canary> canaries_;
  std::vector<Group> groups_;
  std::vector<LabelSet> label_sets_;
  std::vector<ScanIndex> index_;  // open addressing, half full; kEmptySlot or a target
  std::uint32_t probes_max_ = 0;  // longest chain to any row: limits a hostile look-up
  std::uint64_t seed_;
  std::uint64_t addresses_ = 0;
};

}  // namespace rollcall::inventory
