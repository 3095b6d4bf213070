// Reads everything that a restart needs from the history, in one call.
//
// Threading: any one thread; it may wait for the disk without a limit.
// Ownership: the result owns its content.
// Errors:    an error means that nothing is known yet, and that a retry may help. A permanently
//            broken part is left out and logged, and the result is marked incomplete.
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

// Leaves out silences that ended before `silences_after`.
Result<StoredHistory> read_history(const std::string& folder, WallTime silences_after,
                                   const Log& log);

}  // namespace rollcall::cli
