// Puts imported groups into a CSV inventory: exactly their lines are replaced, everything else
// keeps its bytes, and a group that did not change keeps its own lines too.
//
// What the source does not say is kept from the group's old lines: their ports, expectation and
// labels stay with the addresses that stay, and extend to new addresses when all old lines agree.
//
// Threading: a pure function.
// Ownership: returns the new text.
// Units:     addresses.
// Errors:    kUsage when the ports or expectation of new addresses cannot be known: say them.
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
  std::vector<Port> ports;       // of targets whose source names none; empty: as before
  std::optional<Expect> expect;  // the same
  std::string parent;            // "": the source's, else as before
  std::string note;
};

Result<std::string> merge(const CsvDocument& document, std::span<const ImportedGroup> groups,
                          const MergeOptions& options);

// "80;443;8000-8003": sorted ports as the inventory writes them.
std::string ports_text(std::span<const Port> ports);

}  // namespace rollcall::inventory
