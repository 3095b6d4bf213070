// The configured sources of inventory as texts, and texts as the fleet.
//
// Between the two lies a document that the history keeps: the fleet as it was last read without an
// error. A restart with a broken source goes on with it, and so does a source that lost so much
// that it is not believed.
//
// Threading: pure functions but for read_sources(), which blocks for files and URLs.
// Ownership: return new values.
// Units:     targets; bytes.
// Errors:    kInput, with file, line and column; nothing is returned in part.
// Cost:      all texts in memory, once; each source of several is parsed twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/config/config.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct SourceTexts {
  std::string name;  // as configured: a file, a directory or a URL
  std::vector<inventory::NamedText> texts;
};

struct FleetTexts {
  std::vector<SourceTexts> sources;
  std::vector<inventory::NamedText> notes;  // none or one
};

Result<FleetTexts> read_sources(const InventoryConfig& config, const std::stop_token& stop);

std::string to_document(const FleetTexts& texts);
Result<FleetTexts> texts_from(std::string_view document);

struct Fleet {
  std::shared_ptr<const inventory::TargetTable> table;
  std::map<std::string, std::uint64_t> targets;  // by source
};

// `said`: notes that people gave the running watch; they outweigh those of the file.
Result<Fleet> build_fleet(const Config& config, const FleetTexts& texts,
                          const inventory::Notes& said, std::uint64_t seed);

// Why `after` is not believed; "" when it may be.
std::string shrunk_too_much(const Fleet& before, const Fleet& after, unsigned percent_max);

}  // namespace rollcall::cli
