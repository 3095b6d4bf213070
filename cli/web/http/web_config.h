// The exporter-toolkit's web.config: certificates, users, the client's CA.
//
//   tls_server_config: {cert_file, key_file, client_auth_type, client_ca_file, min_version}
//   basic_auth_users: {anna: $2y$10$...}
//
// Threading: plain values; load() blocks for a file.
// Ownership: own everything.
// Units:     none.
// Errors:    kInput; the context has a line "FILE:LINE:COLUMN: what, and the mend" for everything
//            that is wrong. What the toolkit knows and we do not is an error too: a protection that
//            is written down must not silently be missing.
// Cost:      files of at most 1 MB.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config/certificates.h"
#include "engine/base/error.h"

namespace rollcall::web {

// As Go's crypto/tls names them.
enum class ClientAuth : std::uint8_t { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequire };

struct TlsConfig {
  std::string cert_file;  // chain in PEM
  std::string key_file;
  std::string client_ca_file;
  ClientAuth client_auth = ClientAuth::kNone;
  int min_version = 0x0303;  // as in the protocol: TLS 1.2
  int max_version = 0;       // 0: the newest
};

struct WebConfig {
  std::optional<TlsConfig> tls;
  std::map<std::string, std::string> users;  // bcrypt by name

  bool verifies_clients() const {
    return tls && (tls->client_auth == ClientAuth::kRequire ||
                   tls->client_auth == ClientAuth::kVerifyIfGiven);
  }
  // Everybody must say who they are, from wherever.
  bool wants_authentication() const { return !users.empty(); }
};

Result<WebConfig> load_web_config(const std::string& path);
// The same of a text; `name` stands for the file in errors, and relative paths start beside it.
Result<WebConfig> parse_web_config(std::string_view text, const std::string& name);

// The certificates that it names.
std::vector<cli::CertificateFile> certificate_files(const TlsConfig& tls);

// Why an address that others can reach must not be served with it; "" when it may.
std::string why_not_in_the_open(const WebConfig& config, bool has_token);

// A warning for each file of a secret that others may read or change: the key, and `path` itself
// where it holds what passwords can be guessed from.
std::vector<std::string> exposed_secrets(const WebConfig& config, const std::string& path);

}  // namespace rollcall::web
