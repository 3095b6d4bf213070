// Reads the operators' notes about each group from a plain text file beside the inventory.
//
//   # After a reboot
//   web42: run ipaliases twice, the first run stops
//     at the first address that is still in use
//   web43: ask the customer first
//
// A line "GROUP: TEXT" begins a note; lines that begin with white space continue it. Blank lines
// and lines whose first visible character is '#' are skipped. The first ": " (or ':' at the end of
// the line) ends the group's name, so that an IPv6 prefix can be one.
//
// Threading: set-up only.
// Units:     lines and columns from 1; a column counts bytes.
// Errors:    kInput with "FILE:LINE:COLUMN: cause, and the fix"; a missing file is an error. A note
//            of a group that the inventory lacks is not: one file serves many inventories.
// Cost:      one pass; bounded as inventory lines are, and by kNoteBytesMax a note.
#pragma once

#include <map>
#include <span>
#include <string>

#include "engine/base/error.h"
#include "engine/inventory/target_table.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {

inline constexpr std::size_t kNoteBytesMax = std::size_t{4} << 10;
inline constexpr std::size_t kNotesMax = std::size_t{1} << 20;

using Notes = std::map<std::string, std::string, std::less<>>;  // by group

// "-" is standard input.
Result<Notes> load_notes(const std::string& path);
Result<Notes> read_notes(std::string name, ByteSource& bytes);

// A note in `notes` replaces the group's own note.
void apply_notes(const Notes& notes, std::span<Group> groups);

}  // namespace rollcall::inventory
