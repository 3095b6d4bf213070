#include "scheduler/history/batch_queue.h"

#include <utility>

namespace rollcall::history {
namespace {

// The steps of shed(). Each drops some rows of a batch, and returns how many.
std::size_t drop_sweeps(Batch& batch) {
  const std::size_t rows = batch.sweeps.size() + batch.rollups.size();
  batch.sweeps.clear();
  batch.rollups.clear();
  return rows;
}

std::size_t drop_transitions(Batch& batch) {
  const std::size_t before = batch.rows();
  batch.transitions.clear();
  batch.target_states.clear();
  batch.group_states.clear();
  batch.complete = false;
  batch.suspicions.reset();
  return before - batch.rows();
}

std::size_t drop_all(Batch& batch) {
  const std::size_t rows = batch.rows();
  batch = Batch{.stamp = batch.stamp};
  return rows;
}

}  // namespace

void BatchQueue::push(Batch batch) {
  if (batch.inventory) drop_older_inventories();
  if (batch.complete) has_lost_state_ = false;
  rows_ += batch.rows();
  batches_.push_back(std::move(batch));
}

Batch BatchQueue::pop() {
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  rows_ -= batch.rows();
  return batch;
}

// Inventories may be large, and only the newest one is needed.
void BatchQueue::drop_older_inventories() {
  for (Batch& older : batches_) {
    rows_ -= older.inventory.has_value();
    older.inventory.reset();
  }
  std::erase_if(batches_, [](const Batch& older) { return older.empty(); });
}

// Each step starts with the oldest batch, because the newest one describes the current state.
std::size_t BatchQueue::shed(std::size_t rows_max) {
  if (rows_ <= rows_max) return 0;
  std::size_t gone = 0;
  for (const auto drop : {drop_sweeps, drop_transitions, drop_all}) {
    for (Batch& batch : batches_) {
      if (rows_ <= rows_max) break;
      const std::size_t rows = drop(batch);
      rows_ -= rows;
      gone += rows;
      has_lost_state_ = has_lost_state_ || (rows > 0 && drop != drop_sweeps);
    }
  }
  std::erase_if(batches_, [](const Batch& batch) { return batch.empty(); });
  return gone;
}

}  // namespace rollcall::history
