// Writes the history on its own thread, so that a disk that does not respond blocks no other
// thread.
//
//   service's thread: commit(batch) ──> bounded queue ──> this thread: BufferedStore ──> SQLite
//                     read(work)    ──> one at a time ──>       "
//
// Threading: call all functions from one thread. They never wait for the disk longer than they say.
// Ownership: owns the store; the clock outlives it.
// Units:     rows; real time for waiting.
// Errors:    as BufferedStore, in take_messages(). They also report rows that the queue dropped;
//            then wants_everything() requests a complete batch.
// Cost:      a batch moves twice. The destructor waits for the current write or read; call
//            wait_until_idle() first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/base/thread_progress.h"
#include "scheduler/history/buffered_store.h"

namespace rollcall::history {

class StoreThread {
 public:
  // Identifies a batch; tickets increase.
  using Ticket = std::uint64_t;
  using Longest = std::chrono::milliseconds;

  // `place` names the history in messages, for example when it hangs. `progress` may be null.
  StoreThread(BufferedStore::Opener opener, const Clock& clock, BufferOptions options,
              std::string place, std::shared_ptr<ThreadProgress> progress);
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // The result of the first opening: an error if a retry will not help, nullopt while it has not
  // returned.
  std::optional<Result<void>> opened(Longest longest);

  // Queues a batch. An empty one only triggers another attempt to write the waiting batches.
  Ticket commit(Batch batch);
  // True when the batch is written, or in memory because the disk gave an error.
  bool is_done(Ticket ticket) const;
  // The same, after waiting up to `longest`. Gives up earlier if one write has already taken that
  // long.
  bool wait(Ticket ticket, Longest longest);
  bool wait_until_idle(Longest longest);
  // How long the current operation has taken; zero if there is none.
  Duration busy_for() const;

  // Runs `work` on the thread, before batches that are committed later.
  void read(std::function<void()> work);
  // Prunes soon; a second call replaces one that still waits.
  void prune(const Retention& retention, WallTime now);
  // True if the last prune() left more to delete. Returns true once for each prune().
  bool take_more_to_prune();

  bool is_held() const;
  void release();
  std::size_t rows_waiting() const;
  bool wants_everything() const;
  std::vector<std::string> take_messages();

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct PruneJob {
    Retention retention;
    WallTime now{};
  };

  void run(const std::stop_token& stop);
  std::unique_ptr<BufferedStore> open();
  void write_next(BufferedStore& store, Lock& lock);
  void read_next(Lock& lock);
  void prune_once(BufferedStore& store, Lock& lock);
  void take_state(BufferedStore& store);
  bool has_work() const;

  BufferedStore::Opener opener_;
  const Clock& clock_;
  BufferOptions options_;
  std::string place_;
  std::shared_ptr<ThreadProgress> progress_;

  mutable std::mutex mutex_;  // guards every member below
  std::condition_variable_any changed_;
  std::optional<Result<void>> opened_;
  BatchQueue queue_;
  std::size_t rows_shed_ = 0;     // since the queue was empty
  std::size_t rows_writing_ = 0;  // of the current batch
  bool is_busy_ = true;           // with one operation; the first one opens the history
  std::chrono::steady_clock::time_point busy_since_ = std::chrono::steady_clock::now();
  Ticket last_ = 0;
  Ticket done_ = 0;
  std::function<void()> read_;
  std::optional<PruneJob> prune_;
  bool more_to_prune_ = false;
  bool release_ = false;
  // Copies of the store's state after the last operation.
  bool is_held_;
  std::size_t rows_in_store_ = 0;
  bool store_wants_everything_ = false;
  std::vector<std::string> messages_;

  std::jthread thread_;  // last: it stops before the members that it uses are destroyed
};

}  // namespace rollcall::history
