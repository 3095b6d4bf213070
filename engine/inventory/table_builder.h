// Collects targets line by line; finish_table.h turns what was collected into a TargetTable.
//
// Invariants of a Draft:
//  1. A row's label_set holds the position in `entries` of what named it, and group one in
//  `groups`.
//  2. Entries are in the order in which they were read.
//
// Threading: not thread-safe.
// Ownership: owns everything collected; copies what it keeps of its arguments.
// Units:     lines and columns from 1.
// Errors:    add() refuses, with the place: no port, an address out of scope, too many targets, a
//            parent or note that contradicts another line of the group. After all but the last, and
//            after what keep() was given, reading can go on; sum_up() then tells them all.
// Cost:      32 bytes a target and 16 bytes a line, until the table is finished; no strings a
// target.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/inventory/load.h"
#include "engine/inventory/names.h"
#include "engine/inventory/parse/notes.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

struct SourcePlace {
  std::uint16_t source = 0;  // of TableBuilder::add_source()
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// What one line of an inventory says of its targets.
struct Attributes {
  std::optional<GroupIndex> group;  // nullopt: the group of the address's prefix
  std::optional<Expect> expect;     // nullopt: the default
  std::uint32_t label_set = 0;
  std::string_view parent;  // of the group; "": not said
  std::string_view note;    // of the group; "": not said
};

// One line, or one element of a file_sd target list, while the table is built.
struct Entry {
  std::uint32_t label_set = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint16_t source = 0;
  bool group_said = false;   // else the row's group is only implied, and yields
  bool expect_said = false;  // else the row's expect is the default, and yields
};
static_assert(sizeof(Entry) == 16);

// What lines said of a whole group, and where each was said first.
struct GroupFacts {
  std::string parent;
  std::string note;
  SourcePlace parent_at;
  SourcePlace note_at;
};

struct Draft {
  std::vector<Target> rows;
  std::vector<Entry> entries;
  std::vector<std::string> sources;
  Names<std::string> groups;
  std::vector<GroupFacts> facts;  // by group; shorter when the last ones have none
  Notes notes;                    // of a notes file: outweigh those of the inventory
  Names<LabelSet> label_sets;
};

class TableBuilder {
 public:
  // Uses the defaults, the scope and the targets_max of `request`.
  explicit TableBuilder(const LoadRequest& request);

  // Names a file, for places. Returns what SourcePlace::source holds.
  Result<std::uint16_t> add_source(std::string name);
  GroupIndex group(std::string_view name) { return {draft_.groups.id_of(name)}; }
  std::uint32_t label_set(const LabelSet& labels) { return draft_.label_sets.id_of(labels); }

  // No ports: the default ones. `ports` are sorted, each once.
  Result<void> add(const AddressRange& range, std::span<const Port> ports,
                   const Attributes& attributes, const SourcePlace& place);

  // A diagnostic of one line or target. Success when reading goes on, for more diagnostics are wanted.
  Result<void> keep(std::unexpected<Error> diagnostic);
  // What `read` and the diagnostics that were kept before it come to.
  Result<void> sum_up(Result<void> read) const;

  Draft take() && { return std::move(draft_); }

 private:
  std::string diagnostic_of(const AddressRange& range, std::size_t ports) const;
  Result<void> state_facts(GroupIndex group, const Attributes& attributes,
                           const SourcePlace& place);
  std::unexpected<Error> contradiction(GroupIndex group, std::string_view fact,
                                       const SourcePlace& later, const SourcePlace& earlier);
  std::string text_of(const SourcePlace& place) const;
  void reserve_for(std::uint64_t more);
  void append(const AddressRange& range, std::span<const Port> ports, Target target);
  GroupIndex implied_group(const AddressRange& prefix, int bits);

  Scope scope_;
  std::vector<Port> default_ports_;
  Expect default_expect_;
  std::uint64_t targets_max_;
  std::size_t diagnostics_max_;
  std::vector<std::string> diagnostics_;  // at most diagnostics_max_
  std::uint64_t more_diagnostics_ = 0;
  Draft draft_;
  struct AddressHash {
    std::size_t operator()(const Address& address) const {
      return (address.high() ^ address.low()) * 0x9e3779b97f4a7c15;
    }
  };
  // By the first address of the prefix: spares a million lines the name's text.
  std::unordered_map<Address, GroupIndex, AddressHash> implied_groups_;
};

}  // namespace rollcall::inventory
