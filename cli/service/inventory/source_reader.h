// Reads the configured inventory sources, each on a thread of its own with a time limit.
//
// A read of a dead NFS server cannot be interrupted: its thread is left behind, and the source is
// not read again until that thread returns. All other sources are read as usual meanwhile.
//
// Threading: one thread calls read_all(); the threads that read share nothing with each other.
// Ownership: returns the texts; a thread that is left behind owns all that it uses.
// Units:     bytes.
// Errors:    a problem of one source is in its own result.
// Cost:      one thread a source; read_all() returns within kFileLimit, or kUrlLimit with URLs, and
//            at once when it is asked to stop.
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
  std::string name;  // a file or a directory as configured, or a URL as it may be shown
  std::vector<inventory::NamedText> texts;
  // Fingerprints of the target lists that this source had before, the oldest first.
  std::vector<std::uint64_t> former;
};

// What one source gave.
struct SourceContent {
  std::vector<inventory::NamedText> texts;
  std::vector<std::string> remarks;  // what was left out
};
struct SourceRead {
  std::string name;
  Result<SourceContent> content;
};

struct SourceReads {
  std::vector<SourceRead> sources;
  std::optional<SourceRead> notes;  // nullopt: none are configured
};

// The names of URLs as sources: as they may be shown, for a name is seen everywhere. Those that
// differ only in what is hidden are numbered: "https://host/list?token=***", the same and " #2".
std::vector<std::string> source_names(const std::vector<std::string>& urls);

class SourceReader {
 public:
  struct Limits {
    Duration file = std::chrono::seconds(10);
    Duration url = std::chrono::seconds(35);  // longer than fetch() takes
  };

  SourceReader() = default;
  explicit SourceReader(Limits limits) : limits_(limits) {}

  // `beat` is called while it waits.
  SourceReads read_all(
      const InventoryConfig& config, const std::stop_token& stop,
      const std::function<void()>& beat = [] {});

 private:
  enum class Kind : std::uint8_t { kFile, kDirectory, kUrl };
  struct Reading;

  // `place`: where it is read from.
  void begin(Kind kind, const std::string& name, const std::string& place,
             const std::stop_token& stop);
  SourceRead take(Kind kind, const std::string& name, const std::stop_token& stop,
                  const std::function<void()>& beat);

  Limits limits_;
  std::map<std::string, std::shared_ptr<Reading>> readings_;  // begun and not yet taken
};

}  // namespace rollcall::cli
