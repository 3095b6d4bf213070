#include "cli/client/api_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "cli/config/config_values.h"
#include "cli/options/choice.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"
#include "engine/base/address.h"
#include "engine/base/text/masked_url.h"
#include "engine/base/text/printable.h"
#include "scheduler/alert/transport/secret.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTokenVariable = "ROLLCALL_TOKEN_FILE";
constexpr const char* kTokenDefault = "/etc/rollcall/http-token";
constexpr auto kConnectPatience = 3s;
constexpr auto kAnswerPatience = 70s;  // long, because a reload of the configuration fetches URLs

// The address of the watch, and whether a token may be sent to it.
struct Place {
  std::string base;  // scheme, host and port
  std::string path;  // a proxy serves the watch below this path; "": the root
  bool is_this_host = false;
  bool is_encrypted = false;
};

std::unexpected<Error> no_url(const ClientOptions& options) {
  return fail(ErrorCode::kUsage, fmt::format("{}: '{}' is no http:// or https:// address",
                                             options.url_option, masked_url(options.url)));
}

bool is_this_host(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  return host == "localhost" || (address && is_loopback(*address));
}

// Splits the URL and removes trailing slashes, which copied URLs often have. The scheme is checked
// here, because httplib takes a URL that it cannot parse for a host name.
Result<Place> place_of(const ClientOptions& options) {
  const std::string& url = options.url;
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  if (host > 0 && !url.starts_with("http://") && !url.starts_with("https://")) {
    return no_url(options);
  }
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const std::string name = url.substr(host, end - host);
  // In "127.0.0.1@elsewhere" the host is "elsewhere", and the token must not go there.
  if (name.empty() || name.contains('@')) return no_url(options);
  Place place{url.substr(0, end), url.substr(end), is_this_host(name), url.starts_with("https://")};
  while (place.path.ends_with('/')) place.path.pop_back();
  // Rejects a URL copied from a request of the web page: the watch would answer 404 to it.
  if (place.path.find_first_of("?#% ") != std::string::npos || place.path.contains("/api/v1")) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: '{}' says too much: only scheme, host and port are wanted, as {}, "
                            "and the path below which a proxy shows the watch",
                            options.url_option, masked_url(url), place.base));
  }
  return place;
}

// "": no token is known, or none may be sent; the watch then answers which credentials it needs.
// The default token belongs to the local watch, so it is sent to this host only.
Result<std::string> token_file_of(const ClientOptions& options, const Place& place) {
  if (!options.token_file.empty()) {
    if (place.is_this_host || place.is_encrypted) return options.token_file;
    return fail(ErrorCode::kUsage,
                fmt::format("--token-file: a token is sent over https:// or to this host alone; at "
                            "{} everybody on the way could read it",
                            place.base));
  }
  if (!place.is_this_host) return std::string();
  // Read once at start, before any thread exists.
  const char* named = std::getenv(kTokenVariable);  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && *named != '\0') return std::string(named);
  return std::string(::access(kTokenDefault, R_OK) == 0 ? kTokenDefault : "");
}

Result<httplib::Headers> headers_of(const ClientOptions& options, const Place& place) {
  const Raised raised(kReadAnyFile);
  httplib::Headers headers{{"X-Rollcall-Request", "1"}};
  const auto file = token_file_of(options, place);
  if (!file) return std::unexpected(file.error());
  if (file->empty()) return headers;
  const auto token = alert::Secret::read({.file = *file, .environment = ""});
  if (!token) return std::unexpected(token.error());
  headers.emplace("Authorization", "Bearer " + token->reveal());
  return headers;
}

bool wants_token(const httplib::Response& response) {
  const auto [first, last] = response.headers.equal_range("WWW-Authenticate");
  return response.status == 401 &&
         std::any_of(first, last, [](const auto& it) { return it.second == "Bearer"; });
}

std::string why_no_token(const ClientOptions& options, const Place& place) {
  const std::string file = token_file_of(options, place).value_or("");
  if (!file.empty()) return fmt::format("the token in {} is not this watch's", file);
  if (!place.is_this_host) {
    return fmt::format(
        "this watch wants its bearer token: name its file with --token-file, and an https:// "
        "address. ${} and {} are sent to this host alone",
        kTokenVariable, kTokenDefault);
  }
  const int sys_errno = ::access(kTokenDefault, R_OK) == 0 ? 0 : errno;
  return fmt::format(
      "this watch wants its bearer token, and {} is not to be read ({}): name its "
      "file with --token-file or ${}",
      kTokenDefault, errno_text(sys_errno), kTokenVariable);
}

Result<Json> answer_in(const ClientOptions& options, const Place& place,
                       const httplib::Result& result) {
  if (!result) {
    return fail(ErrorCode::kInput,
                fmt::format("no watch answers at {} ({}); is it running? {} names another",
                            place.base, httplib::to_string(result.error()), options.url_option));
  }
  Json answer = Json::parse(result->body, nullptr, false);
  if (!answer.is_object()) {
    return fail(ErrorCode::kInput, fmt::format("what answers at {} is no watch: HTTP status {}",
                                               place.base, result->status));
  }
  if (result->status < 300) return answer;
  if (wants_token(*result)) return fail(ErrorCode::kInput, why_no_token(options, place));
  const auto detail = answer.find("detail");  // problem details, RFC 9457
  const bool is_said = detail != answer.end() && detail->is_string();
  return fail(ErrorCode::kInput, is_said ? printable(detail->get<std::string>())
                                         : fmt::format("HTTP status {}", result->status));
}

// Ignores SIGPIPE during a request. httplib writes to a TLS connection without MSG_NOSIGNAL: if the
// peer closed it, the signal ends this process without a message.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &former_);
  }
  ~NoBrokenPipe() { sigaction(SIGPIPE, &former_, nullptr); }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  struct sigaction former_{};
};

template <typename Send>
Result<Json> exchange(const ClientOptions& options, const Send& send) {
  const auto place = place_of(options);
  if (!place) return std::unexpected(place.error());
  const auto headers = headers_of(options, *place);
  if (!headers) return std::unexpected(headers.error());
  const NoBrokenPipe no_broken_pipe;
  // httplib reads this file when it connects. Most CA files are readable by all users, so the
  // capability is raised only for the others.
  const std::string& ca = options.ca_file;
  const bool is_readable = ca.empty() || ::faccessat(AT_FDCWD, ca.c_str(), R_OK, AT_EACCESS) == 0;
  const Raised raised(is_readable ? 0 : kReadAnyFile);
  try {
    httplib::Client client(place->base);
    if (!client.is_valid()) throw std::invalid_argument("no URL");
    if (!ca.empty()) client.set_ca_cert_path(ca);
    client.set_connection_timeout(kConnectPatience);
    client.set_read_timeout(kAnswerPatience);
    return answer_in(options, *place, send(client, *headers, place->path));
  } catch (const std::exception&) {  // httplib throws if it cannot use the URL
    return no_url(options);
  }
}

}  // namespace

void add_token_option(CLI::App& command, ClientOptions& options) {
  command
      .add_option("--token-file", options.token_file,
                  "holds the watch's bearer token; needs https://, or an address of this host "
                  "(default for this host alone: $ROLLCALL_TOKEN_FILE, else "
                  "/etc/rollcall/http-token)")
      ->type_name("FILE");
}

void add_ca_option(CLI::App& command, ClientOptions& options) {
  command
      .add_option(
          "--ca-file", options.ca_file,
          "in PEM, that signed the certificate of an https:// watch (default: the system's)")
      ->type_name("FILE");
}

void add_client_options(CLI::App& command, ClientOptions& options) {
  command.add_option("--url", options.url, "of the watch (default: http://127.0.0.1:9750)")
      ->type_name("URL");
  add_ca_option(command, options);
  add_token_option(command, options);
  add_choice<ClientFormat>(command, "--format", options.format,
                           {{"text", ClientFormat::kText}, {"json", ClientFormat::kJson}},
                           "of the result (default: text)");
}

Result<void> check_client(const ClientOptions& options) {
  const auto place = place_of(options);
  if (!place) return std::unexpected(place.error());
  if (const auto headers = headers_of(options, *place); !headers) {
    return std::unexpected(headers.error());
  }
  return {};
}

Result<Json> api_get(const ClientOptions& options, const std::string& path) {
  return exchange(options,
                  [&](httplib::Client& client, const httplib::Headers& headers,
                      const std::string& below) { return client.Get(below + path, headers); });
}

Result<Json> api_post(const ClientOptions& options, const std::string& path, const Json& body) {
  return exchange(options, [&](httplib::Client& client, const httplib::Headers& headers,
                               const std::string& below) {
    return client.Post(below + path, headers,
                       body.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/json");
  });
}

Result<Json> api_delete(const ClientOptions& options, const std::string& path) {
  return exchange(options,
                  [&](httplib::Client& client, const httplib::Headers& headers,
                      const std::string& below) { return client.Delete(below + path, headers); });
}

Result<void> show(const ClientOptions& options, const Json& answer,
                  const std::function<std::string(const Json&)>& text) {
  try {
    std::cout << (options.format == ClientFormat::kJson ? answer.dump(2) + "\n" : text(answer));
  } catch (const Json::exception& exception) {
    return fail(ErrorCode::kInput,
                fmt::format("the watch's answer makes no sense: {}", printable(exception.what())));
  }
  if (!std::cout.flush()) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return {};
}

}  // namespace rollcall::cli
