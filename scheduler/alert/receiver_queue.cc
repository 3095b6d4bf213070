#include "scheduler/alert/receiver_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace rollcall::alert {

void ReceiverQueue::add(history::OutboxMessage message, TimePoint now) {
  const auto same_key = [&](const Entry& entry) { return entry.message.key == message.key; };
  if (std::ranges::any_of(entries_, same_key)) return;
  if ((newest_only_ || !message.stored) && replace(message, now)) return;
  if (entries_.size() >= options_.messages_max) make_room();
  entries_.push_back({.message = std::move(message), .added = now, .next_try = now});
}

bool ReceiverQueue::replace(history::OutboxMessage& message, TimePoint now) {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return !entry.under_way && entry.message.subject == message.subject;
  });
  if (found == entries_.end()) return false;
  const auto older = std::exchange(found->message, std::move(message));
  if (older.stored) found->replaced.push_back(older.key);
  found->added = now;
  found->next_try = now;
  return true;
}

// The oldest goes, but it stays in the store, and comes back with the next start.
void ReceiverQueue::make_room() {
  const auto oldest = std::ranges::find(entries_, false, &Entry::under_way);
  if (oldest == entries_.end()) return;
  if (!std::exchange(full_, true)) {
    news_.push_back(
        fmt::format("more than {} alerts wait for {}: the oldest are put off until the "
                    "next start",
                    options_.messages_max, receiver_));
  }
  entries_.erase(oldest);
}

const history::OutboxMessage* ReceiverQueue::next(TimePoint now) {
  if (now < resting_until_) return nullptr;
  std::unordered_set<std::string_view> earlier;
  for (Entry& entry : entries_) {
    const bool first_of_subject = earlier.insert(entry.message.subject).second;
    if (!first_of_subject || entry.next_try > now) continue;
    entry.under_way = true;
    ++entry.attempts;
    return &entry.message;
  }
  return nullptr;
}

TimePoint ReceiverQueue::wake() const {
  TimePoint first = TimePoint::max();
  std::unordered_set<std::string_view> earlier;
  for (const Entry& entry : entries_) {
    if (earlier.insert(entry.message.subject).second) first = std::min(first, entry.next_try);
  }
  return entries_.empty() ? first : std::max(first, resting_until_);
}

void ReceiverQueue::conclude(const Outcome& outcome, TimePoint now, WallTime wall) {
  const auto entry = std::ranges::find(entries_, true, &Entry::under_way);
  entry->under_way = false;
  if (outcome.taken == Taken::kTryAgain) {
    if (failures_ == 0) {
      news_.push_back(fmt::format("{} does not take alerts: {}", receiver_, outcome.reason));
    }
    last_failure_ = outcome.reason;
    resting_until_ = now + rest_after(++failures_);
    entry->next_try = now + rest_after(entry->attempts);
    if (now - entry->added < options_.give_up_after) return;
  } else {
    if (failures_ > 0) news_.push_back(fmt::format("{} takes alerts again", receiver_));
    failures_ = 0;
    full_ = false;
  }
  if (outcome.taken == Taken::kYes) {
    settle(*entry, "delivered", wall);
  } else {
    const std::string end = outcome.taken == Taken::kRefused ? "refused" : "given up";
    settle(*entry, end + ": " + outcome.reason, wall);
    news_.push_back(fmt::format("an alert for {} was {}: {}; it was about {}", receiver_, end,
                                outcome.reason, entry->message.subject));
  }
  entries_.erase(entry);
}

// Doubling, and up to a half of it off at random: many receivers must not try in step.
Duration ReceiverQueue::rest_after(std::uint32_t failures) {
  const auto doublings = std::min<std::uint32_t>(failures - 1, 20);
  const Duration full = std::min(options_.rest_min * (1 << doublings), options_.rest_max);
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
