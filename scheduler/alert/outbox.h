// Delivers messages, each at least once, with a thread and a queue for each receiver: one that is
// dead delays nobody else.
//
//   service thread: commit(messages) to the store, then add() ──> queue ──> thread ──> Receiver
//                   commit(take_settled()) to the store <────────────┘
//
// What was committed and not settled when the process died comes back from Reader::pending_messages
// and is add()ed again; the receiver knows a second delivery by its key.
//
// Threading: all functions from any thread; each receiver on a thread of its own.
// Ownership: owns receivers and threads; the clock outlives it, and so does the registry in which
//            its threads are watched, where there is one.
// Units:     as OutboxOptions.
// Errors:    none at once: failures are retried, and told in take_messages() and status().
// Cost:      the destructor waits until each receiver has obeyed its stop token.
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
  bool failing = false;  // also without an alert: it is not set up as it must be
  std::string last_failure;
  std::uint64_t ended = 0;  // messages that came to their end: taken, refused or given up
  std::string last_end;     // "delivered", or why not, of the newest of them
  std::uint64_t tests = 0;  // try_once messages that were tried
  std::string last_test;    // what the receiver said to the newest of them
};

class Outbox {
 public:
  Outbox(std::vector<std::unique_ptr<Receiver>> receivers, const Clock& clock,
         OutboxOptions options = {}, ThreadRegistry* threads = nullptr);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // A message for a receiver that there is not is settled at once, and told.
  void add(std::span<const history::OutboxMessage> messages);

  // What has come to its end since the last call, for the store.
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
  std::vector<history::Delivery> strays_;  // of receivers that there are not
  std::vector<std::string> strays_messages_;
};

}  // namespace rollcall::alert
