// Writes an alert as a mail (RFC 5322), in which no text from outside can become a header.
//
// The subject is an RFC 2047 word unless it is short plain ASCII. The body is base64. Addresses are
// checked when they are configured.
//
// Threading: pure.
// Units:     lines end in CR LF; times in UTC.
// Cost:      a few copies of the text.
#pragma once

#include <string>
#include <vector>

#include "scheduler/alert/alert.h"

namespace rollcall::alert {

struct Envelope {
  std::string from;
  std::vector<std::string> to;
  std::string id;  // of the message, in hex; a retry has the same one
};

std::string mail_text(const Alert& alert, const Envelope& envelope, WallTime now);

// True for one "local@domain" without a character that a header or an SMTP command could misread.
bool is_mail_address(const std::string& text);

}  // namespace rollcall::alert
