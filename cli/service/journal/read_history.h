// Everything that a restart reads of the history, in one piece.
//
// Threading: any one thread: it may wait for the disk for as long as that takes.
// Ownership: the result owns its content.
// Errors:    an error says that nothing is known yet, and that trying again may help. A part that
// is
//            broken for good is left out, logged, and makes the result incomplete.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/service/journal/stored_state.h"
#include "cli/service/process/log.h"
#include "scheduler/history/reader.h"

namespace rollcall::cli {

struct StoredHistory {
  StateRecords state;
  std::vector<watch::Incident> open;
  std::vector<watch::NotifiedIncident> announced;
  std::vector<watch::Silence> silences;
  std::vector<watch::Note> notes;
  std::optional<history::StoredInventory> inventory;
  std::vector<history::OutboxMessage> pending;
  bool is_incomplete = false;
};

// `silences_after`: those that ended before are left out.
Result<StoredHistory> read_history(const std::string& folder, WallTime silences_after,
                                   const Log& log);

}  // namespace rollcall::cli
