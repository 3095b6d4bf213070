// Delivers each message at least once, with a queue and a thread for each receiver. A receiver that
// does not respond delays no other.
//
//   service thread: commit(messages) to the store, then add() ──> queue ──> thread ──> Receiver
//                   commit(take_settled()) to the store <────────────┘
//
// After a crash, Reader::pending_messages returns the messages that were committed and not settled.
// The service add()s them again. A receiver recognises a second delivery by its key.
//
// Threading: all functions from any thread; each receiver has its own thread.
// Ownership: owns receivers and threads. The clock outlives it, and so does `threads`, the registry
//            in which its threads are monitored, if given.
// Units:     as OutboxOptions.
// Errors:    failures are retried, and reported in take_messages() and status().
// Cost:      the destructor waits until each receiver has reacted to its stop token.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/thread_progress.h"
#include "scheduler/alert/receiver_queue.h"

namespace rollcall::alert {

struct ReceiverStatus {
  std::string name;
  std::size_t waiting = 0;
  bool failing = false;  // also if its setup has a problem, even without an alert
  std::string last_failure;
  std::uint64_t ended = 0;  // messages that ended: delivered, refused or given up
  std::string last_end;     // "delivered", or why not, for the newest of them
  std::uint64_t tests = 0;  // try_once messages that were sent
  std::string last_test;    // result of the newest of them
};

class Outbox {
 public:
  Outbox(std::vector<std::unique_ptr<Receiver>> receivers, const Clock& clock,
         OutboxOptions options = {}, ThreadRegistry* threads = nullptr);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // A message for an unknown receiver is settled at once, and reported in take_messages().
  void add(std::span<const history::OutboxMessage> messages);

  // The messages that ended since the last call, for the store.
  std::vector<history::Delivery> take_settled();
  std::vector<std::string> take_messages();
  std::vector<ReceiverStatus> status() const;

 private:
  struct ReceiverThread;

  ReceiverThread* lane_of(const std::string& receiver);
  void check_setup(ReceiverThread& lane, std::unique_lock<std::mutex>& lock);
  void run(ReceiverThread& lane, const std::stop_token& stop);

  const Clock& clock_;
  std::vector<std::unique_ptr<ReceiverThread>> lanes_;
  std::mutex strays_mutex_;
  std::vector<history::Delivery> strays_;  // messages for unknown receivers
  std::vector<std::string> strays_messages_;
};

}  // namespace rollcall::alert
