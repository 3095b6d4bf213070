// Writes the history on a thread of its own: a disk that does not answer holds up nobody else.
//
//   service's thread: commit(batch) ──> bounded queue ──> this thread: BufferedStore ──> SQLite
//                     read(work)    ──> one at a time ──>       "
//
// Threading: all functions on one thread, which never waits for the disk longer than it says.
// Ownership: owns the store; the clock outlives it.
// Units:     rows; real time for waiting.
// Errors:    as BufferedStore, in the news. What the queue had to drop is told there too, and
//            wants_everything() then asks for what a restart would miss.
// Cost:      a batch moves twice. The destructor waits for the write or read under way; close it
//            with wait_until_idle() first.
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
  // Of a batch; they rise.
  using Ticket = std::uint64_t;
  using Longest = std::chrono::milliseconds;

  // `place`: of the history, as it is to be named when it hangs. `progress` may be none.
  StoreThread(BufferedStore::Opener opener, const Clock& clock, BufferOptions options,
              std::string place, std::shared_ptr<ThreadProgress> progress);
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // The first opening: an error where trying again will not help; nullopt while it has not
  // returned.
  std::optional<Result<void>> opened(Longest longest);

  // An empty batch only tries to write what waits.
  Ticket commit(Batch batch);
  // Written, or kept in memory because the disk gave an error.
  bool is_done(Ticket ticket) const;
  // The same, after a while. Does not wait for a thread that has been busy with one write for
  // longer than that.
  bool wait(Ticket ticket, Longest longest);
  bool wait_until_idle(Longest longest);
  // With the piece of work under way; zero while there is none.
  Duration busy_for() const;

  // Runs on the thread, before what is committed later.
  void read(std::function<void()> work);
  // Soon; at most one waits.
  void prune(const Retention& retention, WallTime now);
  // The last prune() was not all. True once for each.
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

  mutable std::mutex mutex_;  // guards all that follows
  std::condition_variable_any changed_;
  std::optional<Result<void>> opened_;
  BatchQueue queue_;
  std::size_t rows_shed_ = 0;     // since the queue was empty
  std::size_t rows_writing_ = 0;  // of the batch that is being written
  bool is_busy_ = true;           // with one piece of work; at first it opens the history
  std::chrono::steady_clock::time_point busy_since_ = std::chrono::steady_clock::now();
  Ticket last_ = 0;
  Ticket done_ = 0;
  std::function<void()> read_;
  std::optional<PruneJob> prune_;
  bool more_to_prune_ = false;
  bool release_ = false;
  // The store's, as of the end of the last piece of work.
  bool is_held_;
  std::size_t rows_in_store_ = 0;
  bool store_wants_everything_ = false;
  std::vector<std::string> messages_;

  std::jthread thread_;  // last: it ends before what it uses goes
};

}  // namespace rollcall::history
