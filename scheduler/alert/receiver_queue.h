// The messages that wait for one receiver: which is next, and when.
//
//  1. Messages of one subject go out in order; those of other subjects overtake one that fails.
//  2. After a failure the receiver rests, longer each time, and so does that message.
//  3. A message that is not stored replaces an older one of its subject; with a newest_only
//  receiver
//     every message does.
//  4. What was refused, or has failed for too long, is settled and told.
//
// Threading: not thread-safe.
// Ownership: owns the messages.
// Units:     monotonic time, given by the caller.
// Errors:    none; what could not be kept or delivered is in take_news().
// Cost:      next() looks at each message that waits.
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
  Duration rest_max = std::chrono::minutes(5);
  Duration give_up_after = std::chrono::hours(24);  // of trying in this process
  std::size_t messages_max = 10'000;                // per receiver, in memory
};

class ReceiverQueue {
 public:
  ReceiverQueue(std::string receiver, bool newest_only, OutboxOptions options, std::uint64_t seed)
      : receiver_(std::move(receiver)),
        newest_only_(newest_only),
        options_(options),
        random_(seed) {}

  // A key that already waits is ignored.
  void add(history::OutboxMessage message, TimePoint now);

  // The message to deliver now, which is then under way until conclude().
  const history::OutboxMessage* next(TimePoint now);
  // When next() may have something; max() while there is nothing. Requires: none is under way.
  TimePoint wake() const;
  void conclude(const Outcome& outcome, TimePoint now, WallTime wall);

  std::size_t waiting() const { return entries_.size(); }
  bool failing() const { return failures_ > 0; }
  const std::string& last_failure() const { return last_failure_; }
  // How many messages came to their end, and how the newest of them did.
  std::uint64_t ended() const { return ended_; }
  const std::string& last_end() const { return last_end_; }
  std::vector<history::Delivery> take_settled() { return std::exchange(settled_, {}); }
  std::vector<std::string> take_news() { return std::exchange(news_, {}); }

 private:
  struct Entry {
    history::OutboxMessage message;
    TimePoint added{};
    TimePoint next_try{};
    std::uint32_t attempts = 0;
    bool under_way = false;
    std::vector<std::string> replaced;  // stored messages that this one stands for
  };

  bool replace(history::OutboxMessage& message, TimePoint now);
  void make_room();
  Duration rest_after(std::uint32_t failures);
  void settle(const Entry& entry, const std::string& outcome, WallTime wall);

  std::string receiver_;
  bool newest_only_;
  OutboxOptions options_;
  Random random_;
  std::deque<Entry> entries_;  // oldest first
  TimePoint resting_until_{};
  std::uint32_t failures_ = 0;  // in a row
  std::string last_failure_;
  std::uint64_t ended_ = 0;
  std::string last_end_;
  bool full_ = false;  // and it was told
  std::vector<history::Delivery> settled_;
  std::vector<std::string> news_;
};

}  // namespace rollcall::alert
