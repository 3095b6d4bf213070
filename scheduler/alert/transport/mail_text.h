// An alert as a mail (RFC 5322), in which nothing from outside can become a header.
//
// The subject is an RFC 2047 word where it is more than plain ASCII, the body is base64, addresses
// are checked when they are configured.
//
// Threading: pure.
// Ownership: none.
// Units:     lines end in CR LF; times in UTC.
// Errors:    none.
// Cost:      a few copies of the text.
#pragma once

#include <string>
#include <vector>

#include "scheduler/alert/alert.h"

namespace rollcall::alert {

struct Envelope {
  std::string from;
  std::vector<std::string> to;
  std::string id;  // of the message: hex; the same when it is sent again
};

std::string mail_text(const Alert& alert, const Envelope& envelope, WallTime now);

// One "local@domain" without anything that a header or an SMTP command could stumble over.
bool is_mail_address(const std::string& text);

}  // namespace rollcall::alert
