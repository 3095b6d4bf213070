// Who may do what: hosts, tokens, users, certificates.
//
//   reading   from this host: anybody, where nobody else can reach the address and no users are
//             configured
//             else: a token, a user, or, where no users are configured, a client's certificate
//             that our CA signed (with users it is needed besides, as the exporter-toolkit has it)
//   changing  a token or a user, and the header X-Rollcall-Request, which no web page of another
//             origin can send without asking first
//
// A name that is neither an address, nor "localhost", nor that of the proxy in front of us is
// refused where there is no TLS: a web page must not be able to point its own name at us. With TLS
// the certificate sees to that.
//
// Threading: any.
// Ownership: owns secrets and the answers to passwords that were tried.
// Units:     none.
// Errors:    refusal() is the answer for who may not.
// Cost:      a bcrypt takes a tenth of a second, once for each password that is tried: what needs
//            one is kUndecided, and check_password() is to run where it may block.
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
  // `is_public`: others can reach the address. `proxy_host`: of http.external_url; "": none.
  Authenticator(alert::Secret token, WebConfig config, bool is_public, std::string proxy_host = "");

  // Another configuration and token take the place of the former.
  void replace(WebConfig config, alert::Secret token);

  AuthState auth_state(const Credentials& credentials) const;
  // Of a caller that is undecided: kKnown or kStranger. Blocks.
  AuthState check_password(std::string_view authorization);

  // None: let them in.
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
