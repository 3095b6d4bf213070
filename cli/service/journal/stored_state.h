// What the history holds of targets and groups, so that only what differs is written.
//
// Threading: one thread.
// Ownership: owns a copy of all records.
// Units:     wall time.
// Errors:    none.
// Cost:      40 bytes a target; one merge of both lists a sweep.
#pragma once

#include <vector>

#include "scheduler/history/batch.h"
#include "scheduler/watch/persisted_state.h"

namespace rollcall::cli {

// As a history holds it.
struct StateRecords {
  std::vector<watch::TargetRecord> targets;
  std::vector<watch::GroupRecord> groups;
  std::vector<watch::SuspicionRecord> suspicions;
};

class StoredState {
 public:
  StoredState() = default;  // a fresh history
  explicit StoredState(StateRecords records);

  // Fills the batch with the records that make the history say what the snapshot says. With
  // `everything`, or where targets are no longer in it, that are all records, and the batch is
  // complete: then it needs an event for each open incident too.
  void fill(history::Batch& batch, const watch::PersistedState& persisted_state, WallTime now,
            bool everything);

 private:
  std::vector<watch::TargetRecord> targets_;  // by address, then port
  std::vector<watch::GroupRecord> groups_;    // by name
  bool has_suspicions_ = false;
};

// What a watch restores from these records and incidents.
watch::PersistedState snapshot_from(const StateRecords& records, std::vector<watch::Incident> open,
                                    WallTime now);

}  // namespace rollcall::cli
