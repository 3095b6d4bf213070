// Reads the configured inventory sources, each on its own thread with a time limit.
//
// A read from a dead NFS server cannot be interrupted. Its thread is left behind, and the source is
// not read again until that thread returns. All other sources are still read.
//
// Threading: one thread calls read_all(); the reading threads share nothing with each other.
// Ownership: returns the texts; a thread that is left behind owns all that it uses.
// Units:     bytes.
// Errors:    the problem of a source is in its own result.
// Cost:      one thread per source; read_all() returns within Limits::file, or Limits::url with
//            URLs, and at once when a stop is requested.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/config/config.h"
#include "engine/inventory/load.h"

namespace rollcall::cli {

struct SourceTexts {
  std::string name;  // a file or a directory as configured, or a URL without its secrets
  std::vector<inventory::NamedText> texts;
  // Fingerprints of the former target lists of this source, oldest first.
  std::vector<std::uint64_t> former;
};

// The content of one source.
struct SourceContent {
  std::vector<inventory::NamedText> texts;
  std::vector<std::string> remarks;  // on what was left out
};
struct SourceRead {
  std::string name;
  Result<SourceContent> content;
};

struct SourceReads {
  std::vector<SourceRead> sources;
  std::optional<SourceRead> notes;  // nullopt: none are configured
};

// Names URLs as sources, with their secrets masked because names are shown. URLs that differ only
// in the masked part get a number: "https://host/list?token=***", then the same with " #2".
std::vector<std::string> source_names(const std::vector<std::string>& urls);

class SourceReader {
 public:
  struct Limits {
    Duration file = std::chrono::seconds(10);
    Duration url = std::chrono::seconds(35);  // longer than fetch() takes
  };

  SourceReader() = default;
  explicit SourceReader(Limits limits) : limits_(limits) {}

  // Calls `beat` while it waits.
  SourceReads read_all(
      const InventoryConfig& config, const std::stop_token& stop,
      const std::function<void()>& beat = [] {});

 private:
  enum class Kind : std::uint8_t { kFile, kDirectory, kUrl };
  struct Reading;

  // `place`: the path or URL to read.
  void begin(Kind kind, const std::string& name, const std::string& place,
             const std::stop_token& stop);
  SourceRead take(Kind kind, const std::string& name, const std::stop_token& stop,
                  const std::function<void()>& beat);

  Limits limits_;
  std::map<std::string, std::shared_ptr<Reading>> readings_;  // started, result not yet taken
};

}  // namespace rollcall::cli
