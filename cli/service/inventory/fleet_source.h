// What the sources gave, as the fleet to watch; and as a document that the history keeps.
//
// Each source stands on its own: one that cannot be read or used, that shrank or grew more than is
// believed, keeps the texts that it had, and the others go on. The document holds the texts in use.
// A restart begins with it.
//
// Threading: pure functions.
// Ownership: return new values.
// Units:     targets; bytes.
// Errors:    kInput, with file, line and column.
// Cost:      all texts in memory, once; each source of several is parsed twice.
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
  std::vector<inventory::NamedText> notes;  // none or one
  // Sources whose newest content is not in use, by name, and since when.
  std::map<std::string, WallTime> broken;
};

std::string to_document(const FleetTexts& texts);
Result<FleetTexts> texts_from(std::string_view document);

// What was read, errors too: equal texts mean that nothing changed.
std::string to_document(const SourceReads& reads);

struct LoadedFleet {
  std::shared_ptr<const inventory::TargetTable> table;
  std::map<std::string, std::uint64_t> targets;       // by source
  std::map<std::string, std::uint64_t> fingerprints;  // of each source's targets, in any order
};

// `said`: notes that people gave the running watch; they outweigh those of the file. Texts without
// a target make an empty fleet.
Result<LoadedFleet> build_fleet(const Config& config, const FleetTexts& texts,
                                const inventory::Notes& said, std::uint64_t seed);

// What an operator accepted for one reload.
struct Accepted {
  bool shrink = false;
  bool growth = false;
};

// Why a source is not believed, and how to accept it; "" when it is.
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
