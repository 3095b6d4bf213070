// Somebody who is told of alerts: an Alertmanager, a webhook, a command, a mailbox.
//
// Threading: deliver() is called by one thread of its own per receiver, never by two at once;
// name()
//            and newest_only() by anybody.
// Ownership: messages are borrowed for the call.
// Units:     wall time.
// Errors:    as an Outcome; the reason holds no secret and no control byte that came from outside.
// Cost:      deliver() may block for its time limits (some 10 s), and returns soon after `stop`.
#pragma once

#include <stop_token>
#include <string>

#include "scheduler/history/batch.h"

namespace rollcall::alert {

enum class Taken : std::uint8_t {
  kYes,
  kTryAgain,  // nobody there, or not now
  kRefused,   // this message will never be taken
};

struct Outcome {
  Taken taken = Taken::kTryAgain;
  std::string reason;  // why it was not taken
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual const std::string& name() const = 0;
  // True: it keeps the state of each subject itself, so that a newer message replaces one that
  // still waits.
  virtual bool newest_only() const { return false; }
  virtual Outcome deliver(const history::OutboxMessage& message, WallTime now,
                          std::stop_token stop) = 0;
};

}  // namespace rollcall::alert
