// Interface of a destination of alerts: an Alertmanager, a webhook, a command or a mailbox.
//
// Threading: each receiver has its own thread, and only that thread calls deliver() and
//            setup_problem(); any thread may call name() and traits().
// Ownership: messages are borrowed for the call.
// Units:     wall time.
// Errors:    as a DeliveryOutcome; the reason contains no secret and no control byte from outside.
// Cost:      deliver() may block for its time limits (about 10 s), and returns soon after `stop`.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

#include "scheduler/history/batch.h"

namespace rollcall::alert {

enum class Acceptance : std::uint8_t {
  kYes,
  kTryAgain,  // no answer, or not ready now
  kRefused,   // the receiver will never accept this message
};

struct DeliveryOutcome {
  Acceptance taken = Acceptance::kTryAgain;
  std::string reason;  // why it was not delivered; with kYes: the part that was not, or ""
};

// Tells the queue how to treat a receiver.
struct ReceiverTraits {
  // True if the receiver itself keeps the state of each subject. Then a newer message replaces one
  // that still waits.
  bool newest_only = false;
  std::size_t batch_max = 1;  // messages a delivery
  // The longest pause after failures. A receiver that recovers gets its next message after at most
  // this time.
  Duration rest_max = std::chrono::seconds(20);
};

struct DeliveryContext {
  WallTime now{};
  std::size_t waiting = 1;  // messages in the queue, including this delivery's
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual const std::string& name() const = 0;
  virtual ReceiverTraits traits() const { return {}; }
  // Returns a problem that prevents every delivery, such as a missing secret file, or "". The
  // receiver's thread calls it regularly, so that the problem shows before an alert is due.
  virtual std::string setup_problem() const { return ""; }
  // Requires: 1 to traits().batch_max messages, each with a different subject.
  virtual DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch,
                                  const DeliveryContext& context, std::stop_token stop) = 0;
};

}  // namespace rollcall::alert
