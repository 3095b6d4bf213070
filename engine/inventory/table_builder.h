// Collects targets line by line; finish_table.h turns the result into a TargetTable.
//
// Invariants of a Draft:
//  1. A row's label_set holds the position in `entries` of the line that named it. Its group holds
//     the position in `groups`.
//  2. Entries are in the order in which they were read.
//
// Threading: not thread-safe.
// Ownership: owns everything collected; copies what it keeps of its arguments.
// Units:     lines and columns from 1.
// Errors:    add() refuses, with the place: no port, an address out of scope, a parent or note that
//            contradicts another line of the group, too many targets. Reading can continue after
//            all but the last, and after keep(); sum_up() then reports them all.
// Cost:      32 bytes a target and 16 bytes a line, until the table is finished; no strings a
//            target.
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
  std::uint16_t source = 0;  // from TableBuilder::add_source()
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// The attributes that one line of an inventory gives its targets.
struct Attributes {
  std::optional<GroupIndex> group;  // nullopt: the group of the address's prefix
  std::optional<Expect> expect;     // nullopt: the default
  std::uint32_t label_set = 0;
  std::string_view parent;  // of the group; "": not given
  std::string_view note;    // of the group; "": not given
};

// One line, or one element of a file_sd target list, while the table is built.
struct Entry {
  std::uint32_t label_set = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint16_t source = 0;
  bool group_said = false;   // false: the row's group is only implied, and yields to a given one
  bool expect_said = false;  // false: the row's expect is the default, and yields to a given one
};
static_assert(sizeof(Entry) == 16);

// The facts that lines state about a whole group, with the place of each first statement.
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
  Notes notes;                    // of a notes file: take precedence over those of the inventory
  Names<LabelSet> label_sets;
};

class TableBuilder {
 public:
  // Uses the defaults, the scope and the targets_max of `request`.
  explicit TableBuilder(const LoadRequest& request);

  // Registers a file name for error places. Returns the value for SourcePlace::source.
  Result<std::uint16_t> add_source(std::string name);
  GroupIndex group(std::string_view name) { return {draft_.groups.id_of(name)}; }
  std::uint32_t label_set(const LabelSet& labels) { return draft_.label_sets.id_of(labels); }

  // Empty `ports`: the default ones. `ports` are sorted, without duplicates.
  Result<void> add(const AddressRange& range, std::span<const Port> ports,
                   const Attributes& attributes, const SourcePlace& place);

  // Keeps a diagnostic of one line or target. Success if reading shall continue, because the
  // request wants more diagnostics.
  Result<void> keep(std::unexpected<Error> diagnostic);
  // Combines the result `read` with the diagnostics that were kept before it.
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
  // By the first address of the prefix: saves building the name's text for a million lines.
  std::unordered_map<Address, GroupIndex, AddressHash> implied_groups_;
};

}  // namespace rollcall::inventory
