// StoredState mirrors what the history holds of targets and groups, so that only changes are
// written.
//
// Threading: one thread.
// Ownership: owns a copy of all records.
// Units:     wall time.
// Cost:      40 bytes per target; one merge of both lists per sweep.
#pragma once

#include <vector>

#include "scheduler/history/batch.h"
#include "scheduler/watch/persisted_state.h"

namespace rollcall::cli {

// The records as the history holds them.
struct StateRecords {
  std::vector<watch::TargetRecord> targets;
  std::vector<watch::GroupRecord> groups;
  std::vector<watch::SuspicionRecord> suspicions;
};

class StoredState {
 public:
  StoredState() = default;  // an empty history
  explicit StoredState(StateRecords records);

  // Fills the batch with the records that bring the history up to date with the persisted state. It
  // writes all records with `everything`, or when targets have left the inventory. The batch is
  // then complete and also needs an event for each open incident.
  void fill(history::Batch& batch, const watch::PersistedState& persisted_state, WallTime now,
            bool everything);

 private:
  std::vector<watch::TargetRecord> targets_;  // by address, then port
  std::vector<watch::GroupRecord> groups_;    // by name
  bool has_suspicions_ = false;
};

// The state that a watch restores from these records and incidents.
watch::PersistedState snapshot_from(const StateRecords& records, std::vector<watch::Incident> open,
                                    WallTime now);

}  // namespace rollcall::cli
