// Uploads once with libcurl: a POST over HTTP, or a mail over SMTP.
//
// Limits: 3 s to connect, 10 s in total. Redirects are not followed, so that a receiver cannot send
// us elsewhere. Certificates are verified. The environment sets proxies (https_proxy, no_proxy).
//
// Threading: any thread; calls share nothing except an HttpConnection.
// Ownership: borrows everything for the call.
// Units:     bytes.
// Errors:    in the answer; its texts are escaped, and never contain sent data.
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

// The time limit of a transfer.
inline constexpr std::chrono::milliseconds kTransferMax = std::chrono::seconds(10);

// How we and an HTTP server authenticate each other, with the methods of Prometheus'
// exporter-toolkit. At most one of `user` and `bearer` is set.
struct HttpAccess {
  SecretSource bearer;  // sent as Authorization, unless empty
  std::string user;     // "": none; else basic authentication (RFC 7617)
  SecretSource password;
  std::string ca_file;    // replaces the system's certificates, unless empty
  std::string cert_file;  // our certificate for TLS, unless empty, and its key
  std::string key_file;

  // As Receiver::setup_problem().
  std::string problem() const;
};

struct HttpPost {
  std::string url;
  std::vector<std::string> headers;  // "Name: value", in printable ASCII
  std::string body;
  const HttpAccess& access;
};

struct MailServer {
  std::string url;       // smtp://host:port, or smtps://host:port for TLS from the start
  bool starttls = true;  // with smtp://: fail without TLS
  std::string user;      // "": none
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
  bool for_now = false;  // a 4xx reply (RFC 5321 section 4.2.1): a retry may succeed
};

struct TransferReply {
  int status = 0;                         // of HTTP; 0 if there was none
  std::string trouble;                    // why there was no answer; "" if there was one
  std::string body;                       // its first bytes, printable
  std::vector<RefusedRecipient> refused;  // only for mail
};

// Sends HTTP requests, and keeps its connection open between them. With a slow server a handshake
// costs more than the request.
//
// Threading: not thread-safe.
class HttpConnection {
 public:
  HttpConnection();
  ~HttpConnection();
  HttpConnection(HttpConnection&&) noexcept;
  HttpConnection& operator=(HttpConnection&&) noexcept;

  TransferReply send(const HttpPost& post, const std::stop_token& stop);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// `trouble` is "" if the server accepted the mail for at least one recipient; `refused` lists the
// others.
TransferReply send(const MailServer& server, const Secret& password, const Mail& mail,
                   const std::stop_token& stop);

// Checks that `url` has one of the schemes, a host, and no user or password (logs would show them).
// `what` names the URL in the error.
Result<void> check_url(const std::string& url, const std::vector<std::string>& schemes,
                       const std::string& what);

// Converts an HTTP answer to the outcome of the delivery.
DeliveryOutcome judge(const TransferReply& answer);

}  // namespace rollcall::alert
