// One upload with libcurl: a POST over HTTP, or a mail over SMTP.
//
// Limits: 3 s to connect, 10 s in all; no redirect is followed, so that a receiver cannot send us
// elsewhere; certificates are verified. Proxies as the environment says (https_proxy, no_proxy).
//
// Threading: any thread; nothing is shared between calls, but by one HttpConnection.
// Ownership: borrows everything for the call.
// Units:     bytes.
// Errors:    in the answer; its texts are escaped, and never contain what was sent.
// Cost:      blocks for at most 10 s; returns within a second of `stop`.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "scheduler/alert/receiver.h"
#include "scheduler/alert/transport/secret.h"

namespace rollcall::alert {

// No transfer takes longer.
inline constexpr std::chrono::milliseconds kTransferMax = std::chrono::seconds(10);

// How we prove to an HTTP server who we are, and it to us: the ways of Prometheus'
// exporter-toolkit. At most one of user and bearer.
struct HttpAccess {
  SecretSource bearer;  // sent as Authorization where there is one
  std::string user;     // "" for none: else basic authentication (RFC 7617)
  SecretSource password;
  std::string ca_file;    // instead of the system's certificates where it is not empty
  std::string cert_file;  // our certificate for TLS, where it is not empty, and its key
  std::string key_file;

  // As Receiver::setup_problem().
  std::string problem() const;
};

struct HttpPost {
  std::string url;
  std::vector<std::string> headers;  // "Name: value", of printable ASCII
  std::string body;
  const HttpAccess& access;
};

struct MailServer {
  std::string url;       // smtp://host:port, or smtps://host:port for TLS from the start
  bool starttls = true;  // with smtp://: TLS or nothing
  std::string user;      // "" for none
  SecretSource password;
  std::string ca_file;
};

struct Mail {
  std::string from;
  std::vector<std::string> to;
  std::string text;  // header and body, lines ending in CR LF
};

struct RefusedRecipient {
  std::string address;
  std::string reply;     // "550 no such mailbox", printable
  bool for_now = false;  // a reply 4xx (RFC 5321 section 4.2.1): worth another try
};

struct Answer {
  int status = 0;                         // of HTTP; 0 where there was none
  std::string trouble;                    // why there was no answer; "" where there was one
  std::string body;                       // its first bytes, printable
  std::vector<RefusedRecipient> refused;  // of a mail
};

// Keeps its connection open from one request to the next: a handshake for each costs a slow server
// more than the request.
//
// Threading: not thread-safe.
class HttpConnection {
 public:
  HttpConnection();
  ~HttpConnection();
  HttpConnection(HttpConnection&&) noexcept;
  HttpConnection& operator=(HttpConnection&&) noexcept;

  Answer send(const HttpPost& post, const std::stop_token& stop);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// trouble is "" where the server took the mail for at least one recipient; `refused` has the
// others.
Answer send(const MailServer& server, const Secret& password, const Mail& mail,
            const std::stop_token& stop);

// Whether it is a URL of one of the schemes, with a host and no user or password (they would be
// seen in logs). `what` names it in the error.
Result<void> check_url(const std::string& url, const std::vector<std::string>& schemes,
                       const std::string& what);

// What an HTTP answer means for a message.
DeliveryOutcome judge(const Answer& answer);

}  // namespace rollcall::alert
