#include "scheduler/alert/transport/mail_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>

#include "engine/base/text/words.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::alert {
namespace {

constexpr std::size_t kSubjectBytesMax = 200;
constexpr std::size_t kPlainSubjectMax = 70;  // with "Subject: " a line stays under 80
constexpr std::size_t kWordBytes = 42;        // base64 of it fits in a 75 byte word of RFC 2047
constexpr std::size_t kLineBytes = 57;        // 76 in base64 (RFC 2045 section 6.8)
constexpr std::size_t kItemsMax = 200;

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7f;
}

std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

std::string encoded_subject(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  text = clipped(text, kSubjectBytesMax);
  if (text.size() <= kPlainSubjectMax && std::ranges::all_of(text, is_printable)) return text;
  std::string words;
  for (std::string_view rest = text; !rest.empty();) {
    std::string piece = clipped(rest, kWordBytes);
    if (piece.empty()) piece = rest.substr(0, kWordBytes);  // not valid UTF-8
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", base64(piece));
    rest.remove_prefix(piece.size());
  }
  return words;
}

std::string encoded_body(std::string_view text) {
  std::string lines;
  for (; !text.empty(); text.remove_prefix(std::min(kLineBytes, text.size()))) {
    lines += base64(text.substr(0, kLineBytes)) + "\r\n";
  }
  return lines;
}

std::string body_of(const Alert& alert) {
  std::string text = headline(alert) + "\n\n";
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}: {}\n", name, value);
  };
  line("site", alert.site);
  line("vantage", alert.vantage);
  line("at", history::to_text(alert.at));
  if (alert.kind != AlertKind::kIncident) return text;
  const watch::Incident& incident = alert.incident;
  line("trouble", std::string(to_string(incident.now)));
  line("answering", fmt::format("{} of {}", incident.answering, incident.expected));
  line("missing", joined(incident.missing, kItemsMax));
  line("closed", joined(incident.closed, kItemsMax));
  line("groups", joined(incident.groups, kItemsMax));
  line("since", history::to_text(incident.started_at));
  line("until", incident.ended_at ? history::to_text(*incident.ended_at) : "");
  line("verified by", joined(incident.verified_by, kItemsMax));
  line("note", incident.note);
  line("incident", incident.id.value);
  line("page", alert.page);
  return text;
}

}  // namespace

std::string mail_text(const Alert& alert, const Envelope& envelope, WallTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string domain = envelope.from.substr(envelope.from.find('@') + 1);
  // RFC 3834: Auto-Submitted keeps vacation responders from replying.
  return fmt::format(
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n"
      "From: <{}>\r\n"
      "To: <{}>\r\n"
      "Subject: {}\r\n"
      "Message-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "\r\n"
      "{}",
      fmt::gmtime(static_cast<std::time_t>(seconds)), envelope.from,
      fmt::join(envelope.to, ">,\r\n <"), encoded_subject("[rollcall] " + headline(alert)),
      envelope.id, domain, encoded_body(body_of(alert)));
}

bool is_mail_address(const std::string& text) {
  constexpr std::string_view kForbidden = "<>()[],;:\\\" ";
  const auto at = text.find('@');
  return text.size() <= 254 && at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string::npos && std::ranges::all_of(text, [&](char c) {
           return is_printable(c) && kForbidden.find(c) == std::string_view::npos;
         });
}

}  // namespace rollcall::alert
