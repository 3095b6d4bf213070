// Detects threads of this process that stopped making progress, and reports what they wait for.
//
//   thread:  beat() in each round, also while it is idle
//            SlowOperation guard(progress, "a write to ...")  while a file or peer may not answer
//   monitor: look() ──> stuck: no beat for longer than the limit: only a restart helps
//                   └─> hanging: the thread waits for something that a restart would not fix
//
// Threading: beat() and SlowOperation on the thread itself; ThreadRegistry from any thread, look()
//            from one.
// Ownership: a thread holds its ThreadProgress; when it drops it, the registry forgets the thread.
// Units:     seconds during which the monitor itself ran. While the whole process stands still (a
//            suspended host, SIGSTOP) no thread grows older.
// Cost:      a beat is one relaxed addition; a SlowOperation is two short locks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/clock.h"

namespace rollcall {

class ThreadProgress {
 public:
  explicit ThreadProgress(std::string name) : name_(std::move(name)) {}

  void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }

  const std::string& name() const { return name_; }
  std::uint64_t beats() const noexcept { return beats_.load(std::memory_order_relaxed); }
  // Reads what the SlowOperation waits for; "": nothing. False: the thread is just changing it.
  bool read_waits_for(std::string& into) const;

 private:
  friend class SlowOperation;
  void wait_for(std::string what);

  std::string name_;
  std::atomic<std::uint64_t> beats_{0};
  mutable std::mutex mutex_;
  std::string waits_for_;  // guarded
};

// While it exists, the thread does something that may take long for a reason that a restart would
// not remove: a file system or a peer that does not answer. SlowOperations do not nest.
class SlowOperation {
 public:
  // `progress` may be null.
  SlowOperation(ThreadProgress* progress, std::string what) : progress_(progress) {
    if (progress_ != nullptr) progress_->wait_for(std::move(what));
  }
  ~SlowOperation() {
    if (progress_ != nullptr) progress_->wait_for({});
  }
  SlowOperation(const SlowOperation&) = delete;
  SlowOperation& operator=(const SlowOperation&) = delete;

 private:
  ThreadProgress* progress_;
};

// A thread that has made no beat for a while.
struct StuckThread {
  std::string name;
  Duration silent{};
  std::string waits_for;  // "": no known reason, so it should make progress by itself
};

class ThreadRegistry {
 public:
  std::shared_ptr<ThreadProgress> add(std::string name);

  // A thread that counts its rounds itself: `count` returns another number after each round. The
  // registry watches it until the result is destroyed, and does not call `count` after that. The
  // registry outlives the result.
  [[nodiscard]] std::shared_ptr<void> add_counter(std::string name,
                                                  std::function<std::uint64_t()> count);

  // Adds `elapsed` to the age of each thread that made no progress since the last call. Returns the
  // threads that are at least `least` old.
  std::vector<StuckThread> look(Duration elapsed, Duration least);

  // The monitor's findings: names of stuck threads ("" if there are none), and hanging operations.
  void publish(std::string stuck, std::vector<std::string> hanging);
  std::string stuck() const;
  std::vector<std::string> hanging() const;

 private:
  struct Entry {
    std::string name;
    std::weak_ptr<ThreadProgress> progress;  // either this or count is set
    std::function<std::uint64_t()> count;
    std::uint64_t id = 0;
    std::uint64_t seen = 0;
    std::string waits_for;
    Duration silent{};
  };

  // False: the thread has ended.
  static bool look_at(Entry& entry, Duration elapsed);

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;        // guarded
  std::uint64_t last_id_ = 0;         // guarded
  std::string stuck_;                 // guarded
  std::vector<std::string> hanging_;  // guarded
};

}  // namespace rollcall
