// Authenticator decides which requests are allowed: by host, token, user or client certificate.
//
//   reading   from this host: no credentials needed, if no other host can reach the address
//               and no users are configured
//             else: a token or a user; or, if no users are configured, a client certificate that
//               our CA signed (with users it is needed in addition, as in the exporter-toolkit)
//   changing  a token or a user, and the header X-Rollcall-Request: a web page of another origin
//               cannot send it without a CORS preflight
//
// Without TLS, the Host field must be an address, "localhost" or the name of our proxy. This
// prevents DNS rebinding: a web page could otherwise point its own name at this server. With TLS
// the certificate prevents it.
//
// Threading: any.
// Ownership: owns secrets and the results of passwords that were tried.
// Errors:    refusal() is the response for a request that is not allowed.
// Cost:      a bcrypt takes a tenth of a second, once per password that is tried. A request that
//            needs one is kPasswordPending. check_password() must run on a thread that may block.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "cli/web/http/exchange.h"
#include "cli/web/http/web_config.h"
#include "scheduler/alert/transport/secret.h"

namespace rollcall::web {

struct Credentials {
  std::string_view host;
  std::string_view authorization;
  std::string_view request_mark;  // X-Rollcall-Request
  std::string_view content_type;
  bool is_loopback = false;
  bool is_encrypted = false;
  bool has_certificate = false;  // that our CA signed
  bool has_body = false;
  bool is_changing = false;
};

enum class AuthState : std::uint8_t { kAnonymous, kCertificate, kAuthenticated, kPasswordPending };

class Authenticator {
 public:
  // `is_public`: other hosts can reach the address. `proxy_host`: of http.external_url; "": none.
  Authenticator(alert::Secret token, WebConfig config, bool is_public, std::string proxy_host = "");

  // Replaces the configuration and the token.
  void replace(WebConfig config, alert::Secret token);

  AuthState auth_state(const Credentials& credentials) const;
  // Decides a kPasswordPending request: kAuthenticated or kAnonymous. Blocks.
  AuthState check_password(std::string_view authorization);

  // nullopt: the request is allowed.
  std::optional<Response> refusal(const Credentials& credentials, AuthState auth_state) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Users;

  std::shared_ptr<const Users> users() const;
  Response refuse_anonymous(const Credentials& credentials) const;

  bool is_public_;
  std::string proxy_host_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Users> users_;
  std::map<Digest, bool> tried_;  // by digest of user and password
};

// "127.0.0.1:9750", "[::1]:9750", "localhost", "".
bool is_host_of_ours(std::string_view host);

}  // namespace rollcall::web
