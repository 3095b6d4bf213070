#include "scheduler/alert/outbox.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::alert {
namespace {

// A receiver that throws (no memory, or a library's exception) has not delivered the message.
DeliveryOutcome deliver(Receiver& receiver, const std::vector<history::OutboxMessage>& batch,
                        const DeliveryContext& context, const std::stop_token& stop) {
  try {
    return receiver.deliver(batch, context, stop);
  } catch (const std::exception& exception) {
    return {Acceptance::kTryAgain, exception.what()};
  }
}

// A secret or a program may disappear while no alert is due, so each receiver is checked regularly.
constexpr Duration kCheckInterval = std::chrono::seconds(20);
constexpr std::size_t kThreadNameMax = 15;  // prctl(2)
constexpr Duration kBeatPause = std::chrono::seconds(1);

std::string setup_problem_of(const Receiver& receiver) {
  try {
    return receiver.setup_problem();
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

struct Outbox::ReceiverThread {
  ReceiverThread(std::unique_ptr<Receiver> to, OutboxOptions options)
      : receiver(std::move(to)),
        queue(receiver->name(), receiver->traits(), options, random_seed()) {}

  std::unique_ptr<Receiver> receiver;
  mutable std::mutex mutex;  // guards the queue
  std::condition_variable_any changed;
  ReceiverQueue queue;
  std::string setup_problem;          // guarded by `mutex`
  std::vector<std::string> messages;  // guarded by `mutex`
  TimePoint next_check{};
  std::shared_ptr<ThreadProgress> progress;  // null: not monitored
  std::jthread thread;  // last: it stops before the members that it uses are destroyed
};

Outbox::Outbox(std::vector<std::unique_ptr<Receiver>> receivers, const Clock& clock,
               OutboxOptions options, ThreadRegistry* threads)
    : clock_(clock) {
  for (auto& receiver : receivers) {
    lanes_.push_back(std::make_unique<ReceiverThread>(std::move(receiver), options));
    ReceiverThread& lane = *lanes_.back();
    if (threads != nullptr) lane.progress = threads->add("receiver " + lane.receiver->name());
  }
  for (auto& lane : lanes_) {
    lane->thread =
        std::jthread([this, &lane = *lane](const std::stop_token& stop) { run(lane, stop); });
  }
}

Outbox::~Outbox() {
  for (auto& lane : lanes_) lane->thread.request_stop();  // stop all first, then join each
}

Outbox::ReceiverThread* Outbox::lane_of(const std::string& receiver) {
  const auto found = std::ranges::find_if(
      lanes_, [&](const auto& lane) { return lane->receiver->name() == receiver; });
  return found == lanes_.end() ? nullptr : found->get();
}

void Outbox::add(std::span<const history::OutboxMessage> messages) {
  for (const history::OutboxMessage& message : messages) {
    if (ReceiverThread* lane = lane_of(message.receiver)) {
      const std::scoped_lock lock(lane->mutex);
      lane->queue.add(message, clock_.now());
      lane->changed.notify_one();
    } else {
      const std::scoped_lock lock(strays_mutex_);
      strays_.push_back({message.key, clock_.wall(), 0, "no such receiver any more"});
      strays_messages_.push_back(
          fmt::format("an alert about {} was given up: there is no receiver {} any more",
                      message.subject, message.receiver));
    }
  }
}

void Outbox::check_setup(ReceiverThread& lane, std::unique_lock<std::mutex>& lock) {
  lane.next_check = clock_.now() + kCheckInterval;
  lock.unlock();
  std::string problem;
  {
    const SlowOperation patience(lane.progress.get(),
                                 "a check of the receiver " + lane.receiver->name());
    problem = setup_problem_of(*lane.receiver);
  }
  lock.lock();
  if (problem == lane.setup_problem) return;
  const std::string& name = lane.receiver->name();
  lane.messages.push_back(problem.empty() ? fmt::format("{} can be used again", name)
                                          : fmt::format("{} cannot be used: {}", name, problem));
  lane.setup_problem = std::move(problem);
}

void Outbox::run(ReceiverThread& lane, const std::stop_token& stop) {
  ::prctl(PR_SET_NAME, ("rc-to-" + lane.receiver->name()).substr(0, kThreadNameMax).c_str());
  std::unique_lock lock(lane.mutex);
  while (!stop.stop_requested()) {
    if (lane.progress) lane.progress->beat();
    const TimePoint now = clock_.now();
    if (now >= lane.next_check) check_setup(lane, lock);
    const std::vector<history::OutboxMessage> batch = lane.queue.next(now);
    if (!batch.empty()) {
      const DeliveryContext context{clock_.wall(), lane.queue.waiting()};
      lock.unlock();
      DeliveryOutcome outcome;
      {
        const SlowOperation patience(lane.progress.get(), "a delivery to " + lane.receiver->name());
        outcome = deliver(*lane.receiver, batch, context, stop);
      }
      lock.lock();
      // An interrupted delivery is no outcome: the message stays pending, and the next start sends
      // it.
      if (stop.stop_requested() && outcome.taken == Acceptance::kTryAgain) return;
      lane.queue.conclude(outcome, clock_.now(), clock_.wall());
      continue;
    }
    const TimePoint wake = std::min(lane.queue.wake(), lane.next_check);
    lane.changed.wait_for(lock, stop, std::min<Duration>(wake - now, kBeatPause),
                          [&] { return lane.queue.wake() <= clock_.now(); });
  }
}

std::vector<history::Delivery> Outbox::take_settled() {
  std::vector<history::Delivery> settled;
  for (auto& lane : lanes_) {
    const std::scoped_lock lock(lane->mutex);
    append(settled, lane->queue.take_settled());
  }
  const std::scoped_lock lock(strays_mutex_);
  append(settled, std::exchange(strays_, {}));
  return settled;
}

std::vector<std::string> Outbox::take_messages() {
  std::vector<std::string> messages;
  for (auto& lane : lanes_) {
    const std::scoped_lock lock(lane->mutex);
    append(messages, std::exchange(lane->messages, {}));
    append(messages, lane->queue.take_messages());
  }
  const std::scoped_lock lock(strays_mutex_);
  append(messages, std::exchange(strays_messages_, {}));
  return messages;
}

std::vector<ReceiverStatus> Outbox::status() const {
  std::vector<ReceiverStatus> all;
  for (const auto& lane : lanes_) {
    const std::scoped_lock lock(lane->mutex);
    const bool is_set_up = lane->setup_problem.empty();
    all.push_back(
        {lane->receiver->name(), lane->queue.waiting(), lane->queue.failing() || !is_set_up,
         is_set_up ? lane->queue.last_failure() : lane->setup_problem, lane->queue.ended(),
         lane->queue.last_end(), lane->queue.tests(), lane->queue.last_test()});
  }
  return all;
}

}  // namespace rollcall::alert
