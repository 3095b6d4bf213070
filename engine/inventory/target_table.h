// The fleet: every target, immutable once built, found by position or by (address, port).
//
// Invariants:
//  1. Rows are ordered by (group, address, port); the rows of one group are contiguous.
//  2. No (address, port) appears twice.
//  3. Every group has at least one target.
//  4. Canaries that are no targets of the fleet have rows behind those of the fleet: size(), rows()
//     and groups() never show them, find() and operator[] do.
//
// Threading: immutable, so shared freely between sender, capture and scheduler.
// Ownership: owns rows, names and index. References live as long as the table.
// Units:     positions are dense 32-bit indices.
// Errors:    find() returns nullopt; everything else is total on valid indices.
// Cost:      32 bytes a row and 8 bytes a row for the hash index; find() is one keyed hash and on
//            average under two probes (2.5 for a miss), never more than the longest way to any row;
//            no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"

namespace rollcall::inventory {

// What is expected of a target: kOpen wants a listener; kBound is content with a refusal.
enum class Expect : std::uint8_t { kOpen, kBound };

// The labels (column, value) of one inventory line, sorted by column. Set 0 is the empty set.
using LabelSet = std::vector<std::pair<std::string, std::string>>;

// Half a cache line, so that a row at random is one wait for memory and not sometimes two.
struct alignas(32) Target {
  Address address;
  GroupIndex group;
  std::uint32_t label_set = 0;  // position in TargetTable::label_sets()
  Port port;
  Expect expect = Expect::kOpen;
};
static_assert(sizeof(Target) == 32);

struct Group {
  std::string name;
  std::uint32_t first = 0;  // row of the first target
  std::uint32_t targets = 0;
  std::uint32_t addresses = 0;
  std::string parent;  // rack, switch or site whose groups share its fate; "": none
  std::string note;    // what the staff learned about this group; "": none
};

// What a canary is known to do; it is asked throughout a sweep to show whether this host can hear.
enum class CanaryKind : std::uint8_t {
  kUp,         // answers with a SYN-ACK
  kClosed,     // answers with a RST
  kUnused,     // nobody has this address: an answer is a lie
  kCandidate,  // of the inventory, but not to be judged: a witness once it has answered
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
 public:
  // Requires: rows obey the invariants, and groups describe them. Built by load_inventory().
  // A canary that is also a target shares its row.
  TargetTable(std::vector<Target> rows, std::vector<Group> groups, std::vector<LabelSet> label_sets,
              std::uint64_t hash_seed, std::span<const CanaryAddress> canaries = {});

  // Targets of the fleet.
  std::uint32_t size() const { return size_; }
  // With the canaries' own rows: as far as a TargetIndex may reach.
  std::uint32_t size_with_canaries() const { return static_cast<std::uint32_t>(rows_.size()); }
  const Target& operator[](TargetIndex index) const { return rows_[index.value]; }
  std::span<const Target> rows() const { return std::span(rows_).first(size_); }
  std::span<const Target> rows_with_canaries() const { return rows_; }
  std::span<const Canary> canaries() const { return canaries_; }
  std::span<const Group> groups() const { return groups_; }
  const Group& group(GroupIndex index) const { return groups_[index.value]; }
  std::span<const LabelSet> label_sets() const { return label_sets_; }
  // Sum over the groups: an address with ports in two groups counts in each.
  std::uint64_t addresses() const { return addresses_; }

  std::optional<TargetIndex> find(const Address& address, Port port) const noexcept {
    return find(address, port, slot_of(address, port));
  }

  // At random, a row or a look-up waits for memory longer than all else that a packet costs. Who
  // has several to come names them first. A look-up takes three passes: where it begins, which row
  // is there, whether it is the one.
  void prefetch(TargetIndex index) const noexcept { __builtin_prefetch(&rows_[index.value]); }
  struct Slot {
    std::size_t position = 0;
  };
  Slot slot_of(const Address& address, Port port) const noexcept;
  void prefetch(Slot slot) const noexcept { __builtin_prefetch(index_.data() + slot.position); }
  void prefetch_row(Slot slot) const noexcept;
  // Requires: slot_of(address, port).
  std::optional<TargetIndex> find(const Address& address, Port port, Slot slot) const noexcept;

 private:
  void add_canaries(std::span<const CanaryAddress> canaries);
  void insert(std::uint32_t row);
  std::size_t after(std::size_t position) const noexcept;

  std::vector<Target> rows_;
  std::uint32_t size_;
  std::vector<Canary> canaries_;
  std::vector<Group> groups_;
  std::vector<LabelSet> label_sets_;
  std::vector<std::uint32_t> index_;  // open addressing, half full; kEmptySlot or a row
  std::uint32_t probes_max_ = 0;      // the longest way to any row: where a hostile look-up ends
  std::uint64_t hash_seed_;
  std::uint64_t addresses_ = 0;
};

}  // namespace rollcall::inventory
