// Merges imported groups into a CSV inventory. Only the lines of these groups are replaced; all
// other lines keep their bytes. A group that did not change keeps its own lines too.
//
// If the source names no ports, expectation or labels, the group's old lines supply them. Addresses
// that stay keep their values; new addresses get them if all old lines agree.
//
// Threading: a pure function.
// Units:     addresses.
// Errors:    kUsage when the ports or expectation of new addresses are unknown: the caller must
//            pass them.
// Cost:      sorts the imported targets; old lines of other groups are only copied.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/text/csv_document.h"

namespace rollcall::inventory {

struct MergeOptions {
  std::vector<Port> ports;       // of targets without ports in the source; empty: as before
  std::optional<Expect> expect;  // of targets without one in the source; nullopt: as before
  std::string parent;            // "": the source's parent, else as before
  std::string note;
};

Result<std::string> merge(const CsvDocument& document, std::span<const ImportedGroup> groups,
                          const MergeOptions& options);

// "80;443;8000-8003": sorted ports in the inventory's notation.
std::string ports_text(std::span<const Port> ports);

}  // namespace rollcall::inventory
