// Queues the messages for one receiver, and decides which is next and when.
//
//  1. Messages of one subject are sent in order; messages of other subjects may overtake one that
//     fails.
//  2. After a failure the receiver pauses, longer each time, and so does that message. A pause is
//     at most ReceiverTraits::rest_max, and ends with the first successful delivery.
//  3. A message that is not stored replaces an older one of its subject; with a newest_only
//     receiver every message does.
//  4. A message that is refused, or fails for too long, is settled and reported.
//  5. A batch that is refused is halved until the message that causes the refusal is alone.
//  6. A try_once message is sent alone, before all others, even while the receiver pauses; its
//     first outcome ends it.
//
// Threading: not thread-safe.
// Ownership: owns the messages.
// Units:     monotonic time, passed by the caller.
// Errors:    take_messages() reports messages that could not be kept or delivered.
// Cost:      next() iterates over all waiting messages.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "scheduler/alert/receiver.h"

namespace rollcall::alert {

struct OutboxOptions {
  Duration rest_min = std::chrono::seconds(1);
  Duration give_up_after = std::chrono::hours(24);  // counted in this process only
  std::size_t messages_max = 10'000;                // per receiver, in memory
};

class ReceiverQueue {
 public:
  ReceiverQueue(std::string receiver, ReceiverTraits traits, OutboxOptions options,
                std::uint64_t seed)
      : receiver_(std::move(receiver)), traits_(traits), options_(options), random_(seed) {}

  // Ignores a message whose key already waits.
  void add(history::OutboxMessage message, TimePoint now);

  // Returns the messages to deliver now. They are under way until conclude().
  std::vector<history::OutboxMessage> next(TimePoint now);
  // When next() may return a message; max() if the queue is empty.
  // Requires: no message is under way.
  TimePoint wake() const;
  void conclude(const DeliveryOutcome& outcome, TimePoint now, WallTime wall);

  std::size_t waiting() const { return entries_.size(); }
  // True if the receiver accepts no messages, only a part of each, or accepts them too slowly.
  bool failing() const { return failures_ > 0 || slow_ || !remark_.empty(); }
  const std::string& last_failure() const { return last_failure_; }
  // How many messages ended, and how the newest of them did.
  std::uint64_t ended() const { return ended_; }
  const std::string& last_end() const { return last_end_; }
  // How many try_once messages were sent, and the result of the newest of them.
  std::uint64_t tests() const { return tests_; }
  const std::string& last_test() const { return last_test_; }
  std::vector<history::Delivery> take_settled() { return std::exchange(settled_, {}); }
  std::vector<std::string> take_messages() { return std::exchange(messages_, {}); }

 private:
  struct Entry {
    history::OutboxMessage message;
    TimePoint added{};
    TimePoint next_try{};
    std::uint32_t attempts = 0;
    std::size_t batch_max = 1;  // below the receiver's limit after a refusal
    bool under_way = false;
    std::vector<std::string> replaced;  // keys of stored messages that this one replaced
  };

  bool replace(history::OutboxMessage& message, TimePoint now);
  void make_room();
  void note_slow();
  void note_alive(const std::string& remark, TimePoint now);
  void conclude(Entry& entry, const DeliveryOutcome& outcome, TimePoint now, WallTime wall);
  void conclude_test(const DeliveryOutcome& outcome, TimePoint now);
  Duration rest_after(std::uint32_t failures);
  void settle(const Entry& entry, const std::string& outcome, WallTime wall);

  std::string receiver_;
  ReceiverTraits traits_;
  OutboxOptions options_;
  Random random_;
  std::deque<Entry> entries_;  // oldest first
  TimePoint resting_until_{};
  std::uint32_t failures_ = 0;  // in a row
  std::string last_failure_;
  std::uint64_t ended_ = 0;
  std::string last_end_;
  std::uint64_t tests_ = 0;
  std::string last_test_;
  bool full_ = false;  // true once it was reported
  bool slow_ = false;
  bool overtaken_ = false;  // a newer repeat replaced one, since the queue was empty
  std::string remark_;      // the part of the newest delivery that was refused
  std::vector<history::Delivery> settled_;
  std::vector<std::string> messages_;
};

}  // namespace rollcall::alert
