// Reads the exporter-toolkit's web.config: certificates, users, the CA of clients.
//
//   tls_server_config: {cert_file, key_file, client_auth_type, client_ca_file, min_version}
//   basic_auth_users: {anna: $2y$10$...}
//
// Threading: plain values; load_web_config() blocks for a file.
// Ownership: own everything.
// Errors:    kInput; the context has one line "FILE:LINE:COLUMN: what, and the fix" per error. A
//            key that the toolkit knows and we do not is an error too: a configured protection must
//            not silently be missing.
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
  std::map<std::string, std::string> users;  // bcrypt hash by name

  bool verifies_clients() const {
    return tls && (tls->client_auth == ClientAuth::kRequire ||
                   tls->client_auth == ClientAuth::kVerifyIfGiven);
  }
  // Every client must authenticate, from any host.
  bool wants_authentication() const { return !users.empty(); }
};

Result<WebConfig> load_web_config(const std::string& path);
// Parses a text; `name` stands for the file in errors, and relative paths start at its folder.
Result<WebConfig> parse_web_config(std::string_view text, const std::string& name);

// The certificate files that it names.
std::vector<cli::CertificateFile> certificate_files(const TlsConfig& tls);

// Why a public address must not be served with this configuration; "" when it may.
std::string why_not_in_the_open(const WebConfig& config, bool has_token);

// A warning for each secret file that other users may read or change: the key, and `path` itself
// when it holds password hashes.
std::vector<std::string> exposed_secrets(const WebConfig& config, const std::string& path);

}  // namespace rollcall::web
