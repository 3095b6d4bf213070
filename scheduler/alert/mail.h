// Sends alerts as mail through an SMTP server.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Errors:    as Receiver. A mailbox that the server refuses does not block the other recipients;
//            the reason of Acceptance::kYes names it.
// Cost:      one SMTP session.
#pragma once

#include <memory>

#include "scheduler/alert/receiver.h"
#include "scheduler/alert/transport/transfer.h"

namespace rollcall::alert {

struct MailSettings {
  std::string name;
  MailServer server;
  std::string from;
  std::vector<std::string> to;
};

Result<std::unique_ptr<Receiver>> make_mail(MailSettings settings);

}  // namespace rollcall::alert
