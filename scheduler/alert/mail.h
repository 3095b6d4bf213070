// A mailbox, by way of the given SMTP server.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Units:     none.
// Errors:    as Receiver; a mailbox that the server refuses does not keep the others from the mail,
//            and is named in the reason of Taken::kYes.
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
