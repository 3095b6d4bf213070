#include "cli/web/http/authenticator.h"

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/config/config_values.h"
#include "engine/base/address.h"

namespace rollcall::web {
namespace {

using Digest = std::array<unsigned char, 32>;

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";
constexpr std::size_t kTriedMax = 1000;
constexpr std::size_t kPasswordBytesMax = 72;  // bcrypt ignores the bytes beyond

// RFC 9110 section 11.1: the case of the scheme does not matter.
bool has_scheme(std::string_view authorization, std::string_view scheme) {
  return authorization.size() >= scheme.size() &&
         std::ranges::equal(
             authorization.substr(0, scheme.size()), scheme, {},
             [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; },
             [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
}

// "user:password".
std::optional<std::pair<std::string, std::string>> credentials_in(std::string_view authorization) {
  const std::string_view text = authorization.substr(kBasic.size());
  std::vector<unsigned char> decoded(text.size());
  std::size_t length = 0;
  if (sodium_base642bin(decoded.data(), decoded.size(), text.data(), text.size(), " ", &length,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  const std::string pair(decoded.begin(), decoded.begin() + static_cast<std::ptrdiff_t>(length));
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos || pair.find('\0') != std::string::npos) return std::nullopt;
  return std::pair(pair.substr(0, colon), pair.substr(colon + 1));
}

bool is_password(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
  if (made == nullptr) return false;
  const std::string_view given(made);
  return given.size() == hash.size() && sodium_memcmp(given.data(), hash.data(), hash.size()) == 0;
}

Digest digest_of(std::string_view text) {
  Digest digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return digest;
}

// Compares digests, so that the time does not reveal even the token's length.
bool is_token(std::string_view given, const alert::Secret& token) {
  if (token.empty()) return false;
  const Digest a = digest_of(given);
  const Digest b = digest_of(token.reveal());
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

// The configuration and the token in use. replace() exchanges them and clears `tried_`.
struct Authenticator::Users {
  WebConfig config;
  alert::Secret token;
  std::string any_hash;  // for unknown users: the check must take as long
};

Authenticator::Authenticator(alert::Secret token, WebConfig config, bool is_public,
                             std::string proxy_host)
    : is_public_(is_public), proxy_host_(std::move(proxy_host)) {
  replace(std::move(config), std::move(token));
}

void Authenticator::replace(WebConfig config, alert::Secret token) {
  auto users = std::make_shared<Users>();
  users->config = std::move(config);
  users->token = std::move(token);
  if (!users->config.users.empty()) users->any_hash = users->config.users.begin()->second;
  const std::scoped_lock lock(mutex_);
  users_ = std::move(users);
  tried_.clear();
}

std::shared_ptr<const Authenticator::Users> Authenticator::users() const {
  const std::scoped_lock lock(mutex_);
  return users_;
}

AuthState Authenticator::auth_state(const Credentials& credentials) const {
  const AuthState otherwise =
      credentials.has_certificate ? AuthState::kCertificate : AuthState::kAnonymous;
  if (has_scheme(credentials.authorization, kBearer)) {
    const std::string_view given = credentials.authorization.substr(kBearer.size());
    return is_token(given, users()->token) ? AuthState::kAuthenticated : otherwise;
  }
  if (!has_scheme(credentials.authorization, kBasic)) return otherwise;
  const std::scoped_lock lock(mutex_);
  if (users_->config.users.empty()) return otherwise;
  const auto tried = tried_.find(digest_of(credentials.authorization));
  if (tried == tried_.end()) return AuthState::kPasswordPending;
  return tried->second ? AuthState::kAuthenticated : otherwise;
}

AuthState Authenticator::check_password(std::string_view authorization) {
  const std::shared_ptr<const Users> users = this->users();
  const auto credentials = credentials_in(authorization);
  bool is_known = false;
  if (credentials && credentials->second.size() <= kPasswordBytesMax) {
    const auto user = users->config.users.find(credentials->first);
    const bool is_user = user != users->config.users.end();
    const bool fits = is_password(credentials->second, is_user ? user->second : users->any_hash);
    is_known = is_user && fits;
  }
  const std::scoped_lock lock(mutex_);
  if (users_ == users) {
    // Guesses fill the map with failures. Failures are erased first, so that a known user need not
    // wait for another bcrypt.
    if (tried_.size() >= kTriedMax)
      std::erase_if(tried_, [](const auto& it) { return !it.second; });
    if (tried_.size() >= kTriedMax) tried_.clear();
    tried_[digest_of(authorization)] = is_known;
  }
  return is_known ? AuthState::kAuthenticated : AuthState::kAnonymous;
}

std::optional<Response> Authenticator::refusal(const Credentials& credentials,
                                               AuthState auth_state) const {
  const bool is_of_proxy = !proxy_host_.empty() && cli::host_of(credentials.host) == proxy_host_;
  if (!credentials.is_encrypted && !is_of_proxy && !is_host_of_ours(credentials.host)) {
    return problem(403,
                   "name this host by its address or as localhost, or set http.external_url to the "
                   "URL at which a proxy shows it");
  }
  if (credentials.is_changing) {
    if (auth_state != AuthState::kAuthenticated) return refuse_anonymous(credentials);
    if (credentials.request_mark.empty()) {
      return problem(403, "send the header X-Rollcall-Request: 1, so that no web page can do this");
    }
    if (credentials.has_body && !credentials.content_type.starts_with("application/json")) {
      return problem(415, "the body is to be application/json");
    }
    return std::nullopt;
  }
  if (auth_state == AuthState::kAuthenticated) return std::nullopt;
  const bool wants_user = users()->config.wants_authentication();
  if (auth_state == AuthState::kCertificate && !wants_user) return std::nullopt;
  if (credentials.is_loopback && !is_public_ && !wants_user) return std::nullopt;
  return refuse_anonymous(credentials);
}

Response Authenticator::refuse_anonymous(const Credentials& credentials) const {
  const std::shared_ptr<const Users> users = this->users();
  const bool has_users = !users->config.users.empty();
  const bool has_token = !users->token.empty();
  if (!has_token && !has_users) {
    return problem(403, credentials.is_changing
                            ? "nobody may change anything here: set http.token_file"
                            : "nobody may read this from elsewhere: set http.token_file");
  }
  Response response =
      problem(401, has_users ? "show a user's name and password, or the bearer token"
                             : "show the bearer token of http.token_file");
  if (has_users) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"rollcall\"");
  if (has_token) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

bool is_host_of_ours(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    host = host.substr(1, end - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return host.empty() || host == "localhost" || Address::parse(host).has_value();
}

}  // namespace rollcall::web
