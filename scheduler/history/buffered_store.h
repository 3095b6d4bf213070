// A store in front of a disk that may be full, gone or read-only for a while.
//
// What cannot be written waits in memory, in order, and is written when the disk heals. The queue
// is bounded: when it is full the oldest batches lose, in this order, what is told of sweeps, then
// their transitions and target states, then all else; the news say so, and wants_everything() asks
// for what a restart would miss.
//
// Threading: as Store.
// Ownership: owns the store behind it; the clock outlives it.
// Units:     rows; seconds between tries.
// Errors:    start() as the opener where the error is kUsage (trying again will not help); any
// other
//            trouble is told in the news, and the queue begins to fill. commit() gives the disk's
//            error while anything waits: the batch is in memory, and must not be given again.
// Cost:      as the store behind it; a copy of the batch.
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
  std::size_t rows_max = 300'000;  // in memory, of all batches: some 100 MB
  Duration pause_min = std::chrono::seconds(1);
  Duration pause_max = std::chrono::seconds(30);
  // Nothing is written to a file before release(): its owner first reads what it holds, also where
  // another file has taken the place of the former.
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

  // Tries to write what waits, where the pause since the last try is over. Call it every second.
  Result<void> flush();
  bool is_held() const { return is_held_; }
  void release();
  // How much waits; 0 means that all is on disk.
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
  std::unique_ptr<Store> inner_;  // none while it cannot be opened
  std::optional<FileId> file_;    // that was opened last
  bool is_held_;                  // the file has not been read yet
  BatchQueue waiting_;
  std::size_t rows_shed_ = 0;  // since the disk failed
  std::uint64_t writer_;
  std::uint64_t sequence_ = 0;
  std::optional<Error> failure_;  // of the last try, while it lasts
  TimePoint next_try_{};
  Duration pause_{};
  std::vector<std::string> messages_;
};

}  // namespace rollcall::history
