// Builds the fleet from what the sources delivered, and the document that the history keeps of it.
//
// Each source is independent. When a source cannot be read or used, or shrank or grew beyond its
// limits, it keeps its former texts, and the others are updated. The document holds the texts in
// use. A restart begins with it.
//
// Threading: pure functions.
// Ownership: return new values.
// Units:     targets; bytes.
// Errors:    kInput, with file, line and column.
// Cost:      all texts in memory once; with several sources, each one is parsed twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/config/config.h"
#include "cli/service/inventory/source_reader.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct FleetTexts {
  std::vector<SourceTexts> sources;
  std::vector<inventory::NamedText> notes;  // at most one
  // Sources whose newest content is not in use, by name, with the time since when.
  std::map<std::string, WallTime> broken;
};

std::string to_document(const FleetTexts& texts);
Result<FleetTexts> texts_from(std::string_view document);

// The document of a read, including errors: equal documents mean that nothing changed.
std::string to_document(const SourceReads& reads);

struct LoadedFleet {
  std::shared_ptr<const inventory::TargetTable> table;
  std::map<std::string, std::uint64_t> targets;       // by source
  std::map<std::string, std::uint64_t> fingerprints;  // of each source's targets, in any order
};

// `said`: notes that operators set in the running watch; they override the notes of the file. Texts
// without a target make an empty fleet.
Result<LoadedFleet> build_fleet(const Config& config, const FleetTexts& texts,
                                const inventory::Notes& said, std::uint64_t seed);

// The limits that an operator lifts for one reload.
struct Accepted {
  bool shrink = false;
  bool growth = false;
};

// Why the new content of a source is refused, and how to accept it; "" when it is accepted.
std::string shrunk_too_much(const std::string& source, std::uint64_t before, std::uint64_t after,
                            const InventoryConfig& config);
std::string grown_too_much(const std::string& source, std::uint64_t before, std::uint64_t after,
                           const InventoryConfig& config);

struct SourceProblem {
  std::string source;
  std::string text;
};

struct FleetChoice {
  FleetTexts texts;  // that the fleet was built from
  LoadedFleet fleet;
  std::vector<SourceProblem> problems;  // of sources whose new texts are not in use
  std::vector<std::string> remarks;     // on sources that are in use
};

// `former`: the texts in use; nullptr: there are none.
Result<FleetChoice> choose_fleet(const Config& config, const SourceReads& reads,
                                 const FleetTexts* former, const inventory::Notes& said,
                                 std::uint64_t seed, Accepted accepted);

}  // namespace rollcall::cli
