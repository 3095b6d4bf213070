#include "cli/web/http/web_files.h"

#include <boost/asio/ssl/context.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "engine/inventory/text/diagnostic.h"

namespace rollcall::web {
namespace {

std::string openssl_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

std::unexpected<Error> cannot_use(const std::string& file) {
  return fail(ErrorCode::kInput, fmt::format("cannot use {}: {}", file, openssl_error()));
}

int take_http_1(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* in,
                unsigned in_bytes, void*) {
  static constexpr std::array<unsigned char, 9> kOurs{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_bytes, kOurs.data(), kOurs.size(), in, in_bytes) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// Accepts any client certificate if none has to be verified. Such a certificate grants nothing.
int take_any(int, X509_STORE_CTX*) {
  return 1;
}

Result<void> use_clients_ca(SSL_CTX* context, const TlsConfig& config) {
  const bool verifies = !config.client_ca_file.empty();
  int mode = SSL_VERIFY_NONE;
  if (config.client_auth != ClientAuth::kNone) mode |= SSL_VERIFY_PEER;
  if (config.client_auth == ClientAuth::kRequire || config.client_auth == ClientAuth::kRequireAny) {
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  SSL_CTX_set_verify(context, mode, verifies ? nullptr : take_any);
  if (!verifies) return {};
  const char* file = config.client_ca_file.c_str();
  if (SSL_CTX_load_verify_file(context, file) != 1) return cannot_use(config.client_ca_file);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file));
  return {};
}

Result<std::shared_ptr<TlsContext>> make_context(const TlsConfig& config) {
  auto made = std::make_shared<TlsContext>();
  made->verifies_clients = !config.client_ca_file.empty();
  SSL_CTX* context = made->context->native_handle();
  SSL_CTX_set_min_proto_version(context, config.min_version);
  SSL_CTX_set_max_proto_version(context, config.max_version);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  static constexpr std::array<unsigned char, 8> kSessions{'r', 'o', 'l', 'l', 'c', 'a', 'l', 'l'};
  SSL_CTX_set_session_id_context(context, kSessions.data(), kSessions.size());
  SSL_CTX_set_alpn_select_cb(context, take_http_1, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, config.cert_file.c_str()) != 1) {
    return cannot_use(config.cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, config.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return cannot_use(config.key_file);
  }
  if (auto used = use_clients_ca(context, config); !used) return std::unexpected(used.error());
  return made;
}

std::string signature_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return "-";
  // st_ctim also changes with the owner or the mode.
  return fmt::format("{}:{}:{}:{}.{}:{}.{}", facts.st_dev, facts.st_ino, facts.st_size,
                     facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec,
                     facts.st_ctim.tv_nsec);
}

}  // namespace

TlsContext::TlsContext()
    : context(std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server)) {}
TlsContext::~TlsContext() = default;

Result<WebFiles> WebFiles::load(WebFilesOptions options) {
  WebFiles files(std::move(options));
  if (auto read = files.read(); !read) return std::unexpected(read.error());
  return files;
}

void WebFiles::read_token() {
  if (options_.token_file.empty()) return;
  note(options_.token_file);
  auto read = alert::Secret::read({.file = options_.token_file, .environment = ""});
  token_problem_ = read ? "" : "http.token_file: " + read.error().to_string();
  if (read) token_ = *std::move(read);
}

Result<void> WebFiles::read() {
  WebConfig config;
  // A refused configuration leaves the former files in use, so every file stays watched.
  for (auto& [path, signature] : signatures_) signature = signature_of(path);
  read_token();
  if (!options_.path.empty()) {
    note(options_.path);
    auto loaded = load_web_config(options_.path);
    if (!loaded) return std::unexpected(loaded.error());
    config = *std::move(loaded);
  }
  if (options_.is_public) {
    const std::string why = why_not_in_the_open(config, !token_.empty());
    if (!why.empty()) {
      const std::string what = "http.listen is an address that others can reach: " + why;
      if (options_.path.empty()) return fail(ErrorCode::kUsage, what + " (set http.web_config)");
      return std::unexpected(inventory::error_at(options_.path, 1, 1, what));
    }
  }
  std::shared_ptr<TlsContext> tls;
  if (config.tls) {
    note(config.tls->cert_file);
    note(config.tls->key_file);
    if (!config.tls->client_ca_file.empty()) note(config.tls->client_ca_file);
    auto made = make_context(*config.tls);
    if (!made) return std::unexpected(made.error());
    tls = *std::move(made);
  }
  certificates_ = config.tls ? cli::read_certificates(certificate_files(*config.tls))
                             : std::vector<cli::Certificate>();
  config_ = std::move(config);
  tls_ = std::move(tls);
  return {};
}

// Takes the signature before the file is read, so that the next check finds a change during the
// read.
void WebFiles::note(const std::string& path) {
  signatures_[path] = signature_of(path);
}

Result<bool> WebFiles::refresh() {
  const bool is_as_it_was = std::ranges::all_of(
      signatures_, [](const auto& noted) { return signature_of(noted.first) == noted.second; });
  if (is_as_it_was) return false;
  if (auto read = this->read(); !read) return std::unexpected(read.error());
  return true;
}

}  // namespace rollcall::web
