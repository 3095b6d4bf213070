// A bounded queue of batches that wait to be written, oldest first.
//
// If there are too many rows, the oldest batches lose rows, in this order: sweeps and roll-ups,
// then transitions and states, then all others.
//
// Threading: not thread-safe.
// Ownership: owns the batches.
// Units:     rows.
// Cost:      shed() iterates over every batch, but only if there are too many rows.
#pragma once

#include <deque>

#include "scheduler/history/batch.h"

namespace rollcall::history {

class BatchQueue {
 public:
  void push(Batch batch);
  // Requires: not empty().
  const Batch& front() const { return batches_.front(); }
  Batch pop();
  bool empty() const { return batches_.empty(); }
  std::size_t size() const { return batches_.size(); }
  std::size_t rows() const { return rows_; }

  // Drops rows until at most `rows_max` are left. Returns how many it dropped.
  std::size_t shed(std::size_t rows_max);
  // True after a drop of state that a restart needs, until a complete batch is pushed.
  bool has_lost_state() const { return has_lost_state_; }

 private:
  void drop_older_inventories();

  std::deque<Batch> batches_;
  std::size_t rows_ = 0;
  bool has_lost_state_ = false;
};

}  // namespace rollcall::history
