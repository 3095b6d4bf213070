#include "cli/web/http/web_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <tuple>

#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/whole_file.h"
#include "scheduler/alert/transport/secret.h"

namespace rollcall::web {
namespace {

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 20;
constexpr std::size_t kUsersMax = 1000;
constexpr std::size_t kBcryptBytes = 60;
constexpr int kBcryptCostMax = 16;  // about 5 s; each further step doubles it

struct Diagnostic {
  unsigned line;
  unsigned column;
  std::string what;
};

class Reader {
 public:
  explicit Reader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void diagnostic(const YAML::Node& node, std::string what) {
    const YAML::Mark mark = node.Mark();
    diagnostics_.push_back({static_cast<unsigned>(std::max(mark.line, 0)) + 1,
                            static_cast<unsigned>(std::max(mark.column, 0)) + 1, std::move(what)});
  }

  using Read = std::function<void(const YAML::Node& value)>;
  // Calls the reader of each key of a mapping; an unknown key is a diagnostic.
  void mapping(const YAML::Node& node, const std::map<std::string, Read>& readers) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return diagnostic(node, "this is to be a mapping of keys to values");
    for (const auto& entry : node) {
      const auto reader =
          entry.first.IsScalar() ? readers.find(entry.first.Scalar()) : readers.end();
      if (reader == readers.end()) {
        diagnostic(entry.first, "there is no such key here");
      } else {
        reader->second(entry.second);
      }
    }
  }

  void text(const YAML::Node& node, std::string& value) {
    if (node.IsScalar()) {
      value = node.Scalar();
    } else {
      diagnostic(node, "this is to be a text");
    }
  }
  void path(const YAML::Node& node, std::string& value) {
    text(node, value);
    if (!value.empty()) value = (folder_ / value).string();
  }
  template <typename T>
  void choice(const YAML::Node& node, const std::vector<std::pair<std::string_view, T>>& choices,
              T& value) {
    std::string words;
    for (const auto& [word, meaning] : choices) {
      if (node.IsScalar() && node.Scalar() == word) {
        value = meaning;
        return;
      }
      words += (words.empty() ? "" : ", ") + std::string(word);
    }
    diagnostic(node, "write one of " + words);
  }
  Read unsupported() {
    return [this](const YAML::Node& node) { diagnostic(node, "this is not supported: delete it"); };
  }
  static Read ignored() {
    return [](const YAML::Node&) {};
  }

  std::vector<Diagnostic> take() { return std::move(diagnostics_); }

 private:
  std::filesystem::path folder_;
  std::vector<Diagnostic> diagnostics_;
};

TlsConfig read_tls(Reader& reader, const YAML::Node& node) {
  TlsConfig tls;
  const std::vector<std::pair<std::string_view, int>> versions{{"TLS12", 0x0303},
                                                               {"TLS13", 0x0304}};
  reader.mapping(
      node,
      {{"cert_file", [&](const auto& value) { reader.path(value, tls.cert_file); }},
       {"key_file", [&](const auto& value) { reader.path(value, tls.key_file); }},
       {"client_ca_file", [&](const auto& value) { reader.path(value, tls.client_ca_file); }},
       {"client_auth_type",
        [&](const auto& value) {
          reader.choice<ClientAuth>(value,
                                    {{"NoClientCert", ClientAuth::kNone},
                                     {"RequestClientCert", ClientAuth::kRequest},
                                     {"RequireAnyClientCert", ClientAuth::kRequireAny},
                                     {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
                                     {"RequireAndVerifyClientCert", ClientAuth::kRequire}},
                                    tls.client_auth);
        }},
       {"min_version", [&](const auto& value) { reader.choice(value, versions, tls.min_version); }},
       {"max_version", [&](const auto& value) { reader.choice(value, versions, tls.max_version); }},
       {"prefer_server_cipher_suites", Reader::ignored()},
       {"cipher_suites", reader.unsupported()},
       {"curve_preferences", reader.unsupported()},
       {"client_allowed_sans", reader.unsupported()}});
  if (tls.cert_file.empty()) reader.diagnostic(node, "cert_file is missing");
  if (tls.key_file.empty()) reader.diagnostic(node, "key_file is missing");
  const bool verifies =
      tls.client_auth == ClientAuth::kRequire || tls.client_auth == ClientAuth::kVerifyIfGiven;
  if (verifies && tls.client_ca_file.empty()) {
    reader.diagnostic(node, "client_auth_type verifies clients: it needs client_ca_file");
  }
  if (!verifies && !tls.client_ca_file.empty()) {
    reader.diagnostic(node,
                      "client_ca_file is without effect: set client_auth_type to "
                      "RequireAndVerifyClientCert or VerifyClientCertIfGiven");
  }
  if (tls.max_version != 0 && tls.max_version < tls.min_version) {
    reader.diagnostic(node, "max_version is older than min_version");
  }
  return tls;
}

// Requires a bcrypt hash, as "$2y$10$" and 53 characters. Any other text would admit no user, or
// its check would take too long.
std::string diagnostic_of_hash(const std::string& hash) {
  const bool is_bcrypt = hash.size() == kBcryptBytes && hash.starts_with("$2") && hash[3] == '$' &&
                         (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[6] == '$' &&
                         hash[4] >= '0' && hash[4] <= '9' && hash[5] >= '0' && hash[5] <= '9';
  if (!is_bcrypt) return "this is no bcrypt hash, as `htpasswd -nBC 10 USER` prints it";
  const int cost = (hash[4] - '0') * 10 + hash[5] - '0';
  if (cost < 4 || cost > kBcryptCostMax) {
    return fmt::format("the cost of this hash is {}: 4 to {}", cost, kBcryptCostMax);
  }
  return "";
}

void read_users(Reader& reader, const YAML::Node& node, std::map<std::string, std::string>& users) {
  if (node.IsNull()) return;
  if (!node.IsMap())
    return reader.diagnostic(node, "this is to be a mapping of names to bcrypt hashes");
  for (const auto& entry : node) {
    std::string name;
    std::string hash;
    reader.text(entry.first, name);
    reader.text(entry.second, hash);
    if (name.empty() || name.find(':') != std::string::npos) {
      reader.diagnostic(entry.first, "a user's name is not empty and has no ':'");
    }
    if (const std::string what = diagnostic_of_hash(hash); !what.empty()) {
      reader.diagnostic(entry.second, what);
    }
    users[name] = hash;
  }
  if (users.size() > kUsersMax)
    reader.diagnostic(node, fmt::format("more than {} users", kUsersMax));
}

Error error_of(std::vector<Diagnostic> diagnostics, const std::string& name) {
  std::ranges::sort(diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::tie(diagnostic.line, diagnostic.column, diagnostic.what);
  });
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!lines.empty()) lines += '\n';
    lines += inventory::error_at(name, diagnostic.line, diagnostic.column, diagnostic.what).context;
  }
  return {ErrorCode::kInput, 0, std::move(lines)};
}

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, const std::string& name) {
  WebConfig config;
  Reader reader(std::filesystem::path(name).parent_path());
  std::vector<Diagnostic> diagnostics;
  try {
    const YAML::Node document = YAML::Load(std::string(text));
    reader.mapping(document,
                   {{"tls_server_config",
                     [&](const YAML::Node& node) {
                       if (!node.IsNull()) config.tls = read_tls(reader, node);
                     }},
                    {"basic_auth_users",
                     [&](const YAML::Node& node) { read_users(reader, node, config.users); }},
                    {"http_server_config", [&](const YAML::Node& node) {
                       reader.mapping(
                           node, {{"http2", Reader::ignored()}, {"headers", reader.unsupported()}});
                     }}});
    diagnostics = reader.take();
  } catch (const YAML::Exception& exception) {
    diagnostics.push_back({static_cast<unsigned>(std::max(exception.mark.line, 0)) + 1,
                           static_cast<unsigned>(std::max(exception.mark.column, 0)) + 1,
                           inventory::escaped(exception.msg, 200)});
  }
  if (!diagnostics.empty()) return std::unexpected(error_of(std::move(diagnostics), name));
  return config;
}

Result<WebConfig> load_web_config(const std::string& path) {
  const auto file = inventory::read_whole(path, kBytesMax);
  if (!file) return std::unexpected(file.error());
  return parse_web_config(file->text, file->name);
}

std::vector<std::string> exposed_secrets(const WebConfig& config, const std::string& path) {
  std::vector<std::string> warnings;
  if (config.tls) warnings.push_back(alert::exposure_warning(config.tls->key_file));
  if (!config.users.empty()) warnings.push_back(alert::exposure_warning(path));
  std::erase(warnings, "");
  return warnings;
}

std::vector<cli::CertificateFile> certificate_files(const TlsConfig& tls) {
  std::vector<cli::CertificateFile> files{{tls.cert_file, "HTTP server"}};
  if (!tls.client_ca_file.empty()) {
    files.push_back({tls.client_ca_file, "clients of the HTTP server", true});
  }
  return files;
}

std::string why_not_in_the_open(const WebConfig& config, bool has_token) {
  if (!config.tls) return "it needs tls_server_config";
  if (config.users.empty() && !config.verifies_clients() && !has_token) {
    return "it needs to know who asks: basic_auth_users, client_ca_file, or http.token_file";
  }
  return "";
}

}  // namespace rollcall::web
