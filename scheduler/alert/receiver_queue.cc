#include "scheduler/alert/receiver_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace rollcall::alert {
namespace {

constexpr std::size_t kBatchBytesMax = std::size_t{1} << 20;  // payload of one batch
// Two repeats may follow each other closely; then a replaced one does not mean a slow receiver.
constexpr Duration kSlowAfter = std::chrono::seconds(5);

bool is_test(const history::OutboxMessage& message) {
  return message.try_once;
}

std::string taken_text(const DeliveryOutcome& outcome) {
  return outcome.reason.empty() ? "delivered" : "delivered, but " + outcome.reason;
}

}  // namespace

void ReceiverQueue::add(history::OutboxMessage message, TimePoint now) {
  const auto same_key = [&](const Entry& entry) { return entry.message.key == message.key; };
  if (std::ranges::any_of(entries_, same_key)) return;
  if ((traits_.newest_only || !message.stored) && replace(message, now)) return;
  if (entries_.size() >= options_.messages_max) make_room();
  entries_.push_back({.message = std::move(message),
                      .added = now,
                      .next_try = now,
                      .batch_max = traits_.batch_max});
}

bool ReceiverQueue::replace(history::OutboxMessage& message, TimePoint now) {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return !entry.under_way && entry.message.subject == message.subject;
  });
  if (found == entries_.end()) return false;
  const auto older = std::exchange(found->message, std::move(message));
  if (older.stored) found->replaced.push_back(older.key);
  // If a repeat waits until the next one comes, the receiver is slower than the repeats.
  const bool both_repeat = !older.stored && !found->message.stored;
  if (both_repeat && failures_ == 0 && now - found->added > kSlowAfter) note_slow();
  found->added = now;
  found->next_try = now;
  return true;
}

void ReceiverQueue::note_slow() {
  overtaken_ = true;
  if (std::exchange(slow_, true)) return;
  last_failure_ = "is slow: repeats wait until newer ones replace them";
  messages_.push_back(fmt::format("{} {}", receiver_, last_failure_));
}

// Drops the oldest message from memory. The store still has it, and the next start loads it again.
void ReceiverQueue::make_room() {
  const auto oldest = std::ranges::find(entries_, false, &Entry::under_way);
  if (oldest == entries_.end()) return;
  if (!std::exchange(full_, true)) {
    messages_.push_back(
        fmt::format("more than {} alerts wait for {}: the oldest are put off until the "
                    "next start",
                    options_.messages_max, receiver_));
  }
  entries_.erase(oldest);
}

std::vector<history::OutboxMessage> ReceiverQueue::next(TimePoint now) {
  std::vector<history::OutboxMessage> batch;
  const auto send = [&](Entry& entry) {
    entry.under_way = true;
    ++entry.attempts;
    batch.push_back(entry.message);
  };
  const auto test = std::ranges::find_if(entries_, is_test, &Entry::message);
  if (test != entries_.end()) {
    send(*test);
    return batch;
  }
  if (now < resting_until_) return batch;
  std::unordered_set<std::string_view> earlier;
  std::size_t limit = traits_.batch_max;
  std::size_t bytes = 0;
  for (Entry& entry : entries_) {
    if (batch.size() >= limit) break;
    const bool first_of_subject = earlier.insert(entry.message.subject).second;
    if (!first_of_subject || entry.next_try > now) continue;
    const std::size_t more = entry.message.payload.size();
    const bool fits = batch.size() < entry.batch_max && bytes + more <= kBatchBytesMax;
    if (!batch.empty() && !fits) continue;
    send(entry);
    limit = std::min(limit, entry.batch_max);
    bytes += more;
  }
  return batch;
}

TimePoint ReceiverQueue::wake() const {
  TimePoint first = TimePoint::max();
  std::unordered_set<std::string_view> earlier;
  for (const Entry& entry : entries_) {
    if (is_test(entry.message)) return entry.added;
    if (earlier.insert(entry.message.subject).second) first = std::min(first, entry.next_try);
  }
  return entries_.empty() ? first : std::max(first, resting_until_);
}

void ReceiverQueue::conclude(const DeliveryOutcome& outcome, TimePoint now, WallTime wall) {
  const auto sent = std::ranges::count(entries_, true, &Entry::under_way);
  const auto first = std::ranges::find(entries_, true, &Entry::under_way);
  if (is_test(first->message)) {
    conclude_test(outcome, now);
    entries_.erase(first);
    return;
  }
  if (outcome.taken == Acceptance::kTryAgain) {
    if (failures_ == 0) {
      messages_.push_back(fmt::format("{} does not take alerts: {}", receiver_, outcome.reason));
    }
    last_failure_ = outcome.reason;
    resting_until_ = now + rest_after(++failures_);
  } else {
    note_alive(outcome.taken == Acceptance::kYes ? outcome.reason : remark_, now);
  }
  for (Entry& entry : entries_) {
    if (!entry.under_way) continue;
    // A batch fails because of the receiver, so its messages keep the same next attempt and stay
    // together.
    if (outcome.taken == Acceptance::kTryAgain) {
      entry.next_try = sent > 1 ? resting_until_ : now + rest_after(entry.attempts);
    }
    if (outcome.taken == Acceptance::kRefused && sent > 1) {
      entry.under_way = false;
      entry.batch_max = static_cast<std::size_t>(sent) / 2;
    } else {
      conclude(entry, outcome, now, wall);
    }
  }
  // Messages to retry are no longer under way, so the rest has ended.
  std::erase_if(entries_, [](const Entry& entry) { return entry.under_way; });
  if (entries_.empty() && !std::exchange(overtaken_, false)) slow_ = false;
}

void ReceiverQueue::conclude(Entry& entry, const DeliveryOutcome& outcome, TimePoint now,
                             WallTime wall) {
  if (outcome.taken == Acceptance::kTryAgain) {
    if (now - entry.added < options_.give_up_after) {
      entry.under_way = false;
      return;
    }
  }
  if (outcome.taken == Acceptance::kYes) return settle(entry, taken_text(outcome), wall);
  const std::string end = outcome.taken == Acceptance::kRefused ? "refused" : "given up";
  settle(entry, end + ": " + outcome.reason, wall);
  messages_.push_back(fmt::format("an alert for {} was {}: {}; it was about {}", receiver_, end,
                                  outcome.reason, entry.message.subject));
}

void ReceiverQueue::conclude_test(const DeliveryOutcome& outcome, TimePoint now) {
  ++tests_;
  switch (outcome.taken) {
    case Acceptance::kYes:
      last_test_ = taken_text(outcome);
      note_alive(outcome.reason, now);
      return;
    case Acceptance::kRefused:
      last_test_ = "refused: " + outcome.reason;
      return;
    case Acceptance::kTryAgain:
      last_test_ = "not taken: " + outcome.reason;
      return;
  }
}

// After an outage all messages are due at once. A single failure is no outage: a message that
// always fails must not be retried after each success of the others.
void ReceiverQueue::note_alive(const std::string& remark, TimePoint now) {
  if (failures_ > 0) messages_.push_back(fmt::format("{} takes alerts again", receiver_));
  if (failures_ > 1) {
    for (Entry& entry : entries_) entry.next_try = std::min(entry.next_try, now);
  }
  failures_ = 0;
  resting_until_ = now;
  full_ = false;
  if (!remark.empty()) last_failure_ = remark;
  if (!remark.empty() && remark != remark_) {
    messages_.push_back(fmt::format("{} takes only a part of an alert: {}", receiver_, remark));
  }
  remark_ = remark;
}

// The pause doubles, minus up to half of it at random: many receivers must not retry in step.
Duration ReceiverQueue::rest_after(std::uint32_t failures) {
  const auto doublings = std::min<std::uint32_t>(failures - 1, 20);
  const Duration full = std::min(options_.rest_min * (1 << doublings), traits_.rest_max);
  return full - full * random_.below(1000) / 2000;
}

void ReceiverQueue::settle(const Entry& entry, const std::string& outcome, WallTime wall) {
  ++ended_;
  last_end_ = outcome;
  if (entry.message.stored) {
    settled_.push_back({entry.message.key, wall, entry.attempts, outcome});
  }
  for (const std::string& key : entry.replaced) {
    settled_.push_back({key, wall, entry.attempts, "a newer one of the same subject: " + outcome});
  }
}

}  // namespace rollcall::alert
