// Loads an inventory (files, standard input, command-line targets) into a TargetTable.
//
// Formats, detected by content: CSV with a header that has an `address` column; one target per
// line; Prometheus file_sd JSON. Grammar of a target: ADDRESS | CIDR | FIRST-LAST, with an optional
// :PORT ([v6]:PORT). A target without a group belongs to the group of its /24 (IPv6: /64), named as
// that prefix.
//
// Threading: set-up only.
// Ownership: returns the table; inputs are read once, front to back.
// Units:     lines and columns from 1; a column counts bytes.
// Errors:    a bad line is kInput with "FILE:LINE:COLUMN: cause, and the fix". The first bad line
//            ends the load. With LoadRequest::diagnostics_max above 1 the error has a line for
//            each bad line. A failed load returns no part of the inventory.
// Cost:      bounded: lines of at most kLineBytesMax, at most kTargetsMax targets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/inventory/parse/notes.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

inline constexpr std::size_t kLineBytesMax = std::size_t{64} << 10;
inline constexpr std::uint64_t kTargetsMax = std::uint64_t{1} << 25;
inline constexpr std::size_t kGroupNameBytesMax = 128;
inline constexpr std::uint64_t kJsonBytesMax = std::uint64_t{256} << 20;

// Text that was already read, and its name in error messages.
struct NamedText {
  std::string name;
  std::string text;
};

struct LoadRequest {
  std::vector<std::string> files;         // "-" is standard input
  std::span<const NamedText> texts;       // in addition to the files; borrowed for the call
  std::vector<std::string> targets;       // from the command line
  std::vector<Port> default_ports;        // for targets without ports; empty: these are an error
  Expect default_expect = Expect::kOpen;  // for targets without an expectation
  std::vector<AddressRange> exclude;
  Scope scope;                              // a target or canary outside of it is an error
  std::vector<std::string> only_groups;     // empty: all
  std::vector<CanaryAddress> canaries;      // probed in addition; see CanaryKind
  std::string notes_file;                   // see notes.h; "": none
  Notes notes;                              // take precedence over those of the file
  std::uint64_t seed = 0;                   // of the scan order, the hash and the port phases
  std::uint64_t targets_max = kTargetsMax;  // more are an error. Requires: <= kTargetsMax
  // At most this many bad lines and targets are listed; the rest is only counted. A diagnostic of
  // the file itself (its header, its JSON, bytes that are not text) ends the load in any case.
  std::size_t diagnostics_max = 1;
  bool may_be_empty = false;  // an inventory without targets is not an error
};

struct Inventory {
  TargetTable table;
  std::uint64_t duplicates = 0;  // targets named more than once and merged
  std::uint64_t excluded = 0;    // targets removed by `exclude`
};

Result<Inventory> load_inventory(const LoadRequest& request);

// Parsers for options of other commands. Errors name the column within `text`, but no file.
Result<std::vector<Port>> parse_ports(std::string_view text);  // "80,443;8000-8003"
Result<AddressRange> parse_range(std::string_view text);       // ADDRESS | CIDR | FIRST-LAST
Result<CanaryAddress> parse_canary(std::string_view text, CanaryKind kind);  // ADDRESS:PORT

}  // namespace rollcall::inventory
