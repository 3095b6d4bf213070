// Batches that wait to be written, oldest first, with a bound on their rows.
//
// When there are too many, the oldest batches lose rows, in this order: sweeps and roll-ups, then
// transitions and states, then all else.
//
// Threading: not thread-safe.
// Ownership: owns the batches.
// Units:     rows.
// Cost:      shed() looks at every batch, but only when there are too many rows.
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

  // Drops rows until at most so many are left. Returns how many went.
  std::size_t shed(std::size_t rows_max);
  // Something that a restart would miss was dropped; false again once a complete batch was pushed.
  bool has_lost_state() const { return has_lost_state_; }

 private:
  void drop_older_inventories();

  std::deque<Batch> batches_;
  std::size_t rows_ = 0;
  bool has_lost_state_ = false;
};

}  // namespace rollcall::history
