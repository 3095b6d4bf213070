// A destination of alerts: an Alertmanager, a webhook, a command, a mailbox.
//
// Threading: each receiver has its own thread, which alone calls deliver() and setup_problem();
//            any thread may call name() and traits().
// Ownership: messages are borrowed for the call.
// Units:     wall time.
// Errors:    as an Outcome; the reason holds no secret and no control byte that came from outside.
// Cost:      deliver() may block for its time limits (some 10 s), and returns soon after `stop`.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

#include "scheduler/history/batch.h"

namespace rollcall::alert {

enum class Acceptance : std::uint8_t {
  kYes,
  kTryAgain,  // nobody there, or not now
  kRefused,   // this message will never be taken
};

struct DeliveryOutcome {
  Acceptance taken = Acceptance::kTryAgain;
  std::string reason;  // why it was not taken; with kYes: which part of it was not taken, or ""
};

// How the queue has to treat a receiver.
struct ReceiverTraits {
  // True: the receiver keeps the state of each subject itself, so that a newer message replaces one
  // that still waits.
  bool newest_only = false;
  std::size_t batch_max = 1;  // messages of one delivery
  // The longest rest after failures. A receiver that returns hears of it this much later at most.
  Duration rest_max = std::chrono::seconds(20);
};

struct DeliveryContext {
  WallTime now{};
  std::size_t waiting = 1;  // messages in the queue, with those of this delivery
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual const std::string& name() const = 0;
  virtual ReceiverTraits traits() const { return {}; }
  // What keeps it from working at all, such as a missing file of a secret; "" where nothing does.
  // Called by the receiver's thread now and then, so that it shows before an alert is due.
  virtual std::string setup_problem() const { return ""; }
  // Requires: 1 to traits().batch_max messages, of one subject each.
  virtual DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch,
                                  const DeliveryContext& context, std::stop_token stop) = 0;
};

}  // namespace rollcall::alert
