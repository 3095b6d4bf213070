// Buffers batches in memory while the disk is full, missing or read-only, and writes them later.
//
// Batches that cannot be written wait in order, until the disk works again. The queue is bounded.
// If it is full, the oldest batches lose their sweeps and roll-ups first, then their transitions
// and target states, then all others. take_messages() reports this, and wants_everything() requests
// a complete batch.
//
// Threading: as Store.
// Ownership: owns the store behind it; the clock outlives it.
// Units:     rows; seconds between attempts.
// Errors:    start() returns the opener's error if it is kUsage (a retry will not help). Any other
//            error is reported in take_messages(), and the queue begins to fill. commit() returns
//            the disk's error while a batch waits: the batch is in memory, and the caller must not
//            pass it again.
// Cost:      as the store behind it, and a copy of the batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "scheduler/history/batch_queue.h"
#include "scheduler/history/store.h"

namespace rollcall::history {

struct BufferOptions {
  std::size_t rows_max = 300'000;  // in memory, over all batches: about 100 MB
  Duration pause_min = std::chrono::seconds(1);
  Duration pause_max = std::chrono::seconds(30);
  // Writes nothing to a file before release(): its owner reads the file first (ADR 33). The same
  // holds when another file has replaced the one that was open.
  bool read_first = false;
};

class BufferedStore final : public Store {
 public:
  using Opener = std::function<Result<std::unique_ptr<Store>>()>;

  static Result<std::unique_ptr<BufferedStore>> start(Opener opener, const Clock& clock,
                                                      BufferOptions options = {});

  Result<void> commit(const Batch& batch) override;
  Result<PruneReport> prune(const Retention& retention, WallTime now) override;
  bool wants_everything() const override;
  std::vector<std::string> take_messages() override;

  // Tries to write the waiting batches, if the pause since the last attempt is over. Call it every
  // second.
  Result<void> flush();
  bool is_held() const { return is_held_; }
  void release();
  // Rows that wait; 0 means that all are on disk.
  std::size_t rows_waiting() const { return waiting_.rows(); }

 private:
  BufferedStore(Opener opener, const Clock& clock, BufferOptions options);

  Result<void> open();
  Result<void> write_all();
  void note_failure(const Error& error);
  void note_success(std::size_t batches);
  void shed();
  void take_inner_messages();

  Opener opener_;
  const Clock& clock_;
  BufferOptions options_;
  std::unique_ptr<Store> inner_;  // null while it cannot be opened
  std::optional<FileId> file_;    // the file that was opened last
  bool is_held_;                  // the file has not been read yet
  BatchQueue waiting_;
  std::size_t rows_shed_ = 0;  // since the disk failed
  std::uint64_t writer_;
  std::uint64_t sequence_ = 0;
  std::optional<Error> failure_;  // error of the last attempt, until one succeeds
  TimePoint next_try_{};
  Duration pause_{};
  std::vector<std::string> messages_;
};

}  // namespace rollcall::history
