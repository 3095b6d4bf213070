#include "scheduler/alert/transport/transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "engine/base/text/masked_url.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::alert {
namespace {

constexpr long kConnectMs = 3'000;
// An old connection is closed, so that a changed address or certificate takes effect.
constexpr long kConnectionAgeMaxSeconds = 300;
constexpr std::size_t kAnswerBytesMax = 512;  // kept of an answer
// Read more than is kept, so that a secret at the end of the kept part is found as a whole.
constexpr std::size_t kAnswerBytesRead = 8192;

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

// libcurl must be initialised once in a process, before its first use.
void initialise() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

size_t keep_first_bytes(char* data, size_t size, size_t count, void* kept) {
  auto& text = *static_cast<std::string*>(kept);
  text.append(data,
              std::min(size * count, kAnswerBytesRead - std::min(text.size(), kAnswerBytesRead)));
  return size * count;
}

// libcurl calls it at least once a second; a result other than 0 ends the transfer.
int look_at_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

struct Upload {
  std::string_view rest;
};
size_t give_next_bytes(char* to, size_t size, size_t count, void* upload) {
  auto& rest = static_cast<Upload*>(upload)->rest;
  const std::size_t bytes = std::min(size * count, rest.size());
  std::memcpy(to, rest.data(), bytes);
  rest.remove_prefix(bytes);
  return bytes;
}

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    if (!list) list.reset(longer);  // curl_slist_append() returns the first entry
  }
  return list;
}

Easy make_easy() {
  initialise();
  Easy easy(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  return easy;
}

// Resets the options of the last transfer, and keeps its connection.
void prepare(const Easy& easy, const std::string& url, const std::string& ca_file,
             const std::stop_token& stop) {
  curl_easy_reset(easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  // Without it libcurl may use SIGALRM for time-outs, which is unsafe with threads.
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  // Otherwise the end of a transfer waits for a name server that does not answer.
  curl_easy_setopt(easy.get(), CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kTransferMax.count()));
  curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, ca_file.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, look_at_stop);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &stop);
  curl_easy_setopt(easy.get(), CURLOPT_MAXLIFETIME_CONN, kConnectionAgeMaxSeconds);
  // Otherwise libcurl reads a changed file of certificates only a day later.
  curl_easy_setopt(easy.get(), CURLOPT_CA_CACHE_TIMEOUT, 0L);
}

// Matches each reply of an SMTP session to its RCPT command. libcurl itself only reports whether
// the server refused every recipient.
struct RecipientReplies {
  std::string recipient;  // the one whose reply is awaited
  std::vector<RefusedRecipient> refused;
};

int note_reply(CURL*, curl_infotype type, char* data, size_t size, void* replies) {
  auto& session = *static_cast<RecipientReplies*>(replies);
  const std::string_view text(data, size);
  constexpr std::string_view kCommand = "RCPT TO:<";
  if (type == CURLINFO_HEADER_OUT) {
    session.recipient =
        text.starts_with(kCommand)
            ? std::string(text.substr(kCommand.size(), text.find('>') - kCommand.size()))
            : "";
  } else if (type == CURLINFO_HEADER_IN && !session.recipient.empty()) {
    if (text.starts_with('4') || text.starts_with('5')) {
      const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
      session.refused.push_back({std::exchange(session.recipient, {}),
                                 inventory::escaped(line, kAnswerBytesMax), text[0] == '4'});
    }
  }
  return 0;
}

// Servers repeat parts of the request, and `url` may contain a secret: both texts are masked.
TransferReply perform(CURL* easy, const std::string& url) {
  std::array<char, CURL_ERROR_SIZE> trouble{};
  std::string body;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, trouble.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_first_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(easy);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  TransferReply answer{.status = static_cast<int>(status),
                       .body = inventory::escaped(without_secrets_of(url, body), kAnswerBytesMax)};
  if (code != CURLE_OK) {
    const char* words = trouble[0] != '\0' ? trouble.data() : curl_easy_strerror(code);
    answer.trouble = inventory::escaped(without_secrets_of(url, words), kAnswerBytesMax);
  }
  return answer;
}

}  // namespace

std::string HttpAccess::problem() const {
  std::string problem = problem_of({&bearer, &password});
  for (const std::string& file : {ca_file, cert_file, key_file}) {
    if (!problem.empty() || file.empty() || ::access(file.c_str(), R_OK) == 0) continue;
    problem = fmt::format("cannot read {}: {}", file, errno_text(errno));
  }
  return problem;
}

struct HttpConnection::Handle {
  Easy easy = make_easy();
};

HttpConnection::HttpConnection() : handle_(std::make_unique<Handle>()) {}
HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&&) noexcept = default;

TransferReply HttpConnection::send(const HttpPost& post, const std::stop_token& stop) {
  const Easy& easy = handle_->easy;
  const HttpAccess& access = post.access;
  const auto bearer = access.bearer.read();
  if (!bearer) return {.trouble = bearer.error().to_string()};
  const auto password = access.password.read();
  if (!password) return {.trouble = password.error().to_string()};
  prepare(easy, post.url, access.ca_file, stop);
  // An empty "Expect:" header avoids a round trip that libcurl adds for large bodies.
  std::vector<std::string> lines = post.headers;
  lines.insert(lines.end(), {"Content-Type: application/json", "Expect:"});
  const List headers = list_of(lines);
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "rollcall");
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(post.body.size()));
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, post.body.data());
  if (!bearer->empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(easy.get(), CURLOPT_XOAUTH2_BEARER, bearer->reveal().c_str());
  } else if (!access.user.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy.get(), CURLOPT_USERNAME, access.user.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PASSWORD, password->reveal().c_str());
  }
  if (!access.cert_file.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_SSLCERT, access.cert_file.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_SSLKEY, access.key_file.c_str());
  }
  return perform(easy.get(), post.url);
}

TransferReply send(const MailServer& server, const Secret& password, const Mail& mail,
                   const std::stop_token& stop) {
  const Easy easy = make_easy();
  prepare(easy, server.url, server.ca_file, stop);
  const List recipients = list_of(mail.to);
  Upload upload{mail.text};
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  if (server.starttls) {
    curl_easy_setopt(easy.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  }
  if (!server.user.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PASSWORD, password.reveal().c_str());
  }
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, give_next_bytes);
  curl_easy_setopt(easy.get(), CURLOPT_READDATA, &upload);
  RecipientReplies replies;
  curl_easy_setopt(easy.get(), CURLOPT_VERBOSE, 1L);  // only into note_reply()
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGFUNCTION, note_reply);
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGDATA, &replies);
  TransferReply answer = perform(easy.get(), server.url);
  answer.refused = std::move(replies.refused);
  return answer;
}

Result<void> check_url(const std::string& url, const std::vector<std::string>& schemes,
                       const std::string& what) {
  initialise();
  const auto refusal = [&](const std::string& why) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: {} {}", what, inventory::escaped(masked_url(url), 200), why));
  };
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    const bool there = curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK && text != nullptr;
    std::string copy = there ? text : "";
    curl_free(text);
    return copy;
  };
  if (url.find_first_of(" \t\r\n") != std::string::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return refusal("is no URL");
  }
  if (std::ranges::find(schemes, part(CURLUPART_SCHEME)) == schemes.end()) {
    return refusal(fmt::format("must begin with {}://", schemes.front()));
  }
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    return fail(ErrorCode::kUsage,
                what + ": the URL holds a user or a password; give them as a secret instead");
  }
  return {};
}

DeliveryOutcome judge(const TransferReply& answer) {
  if (!answer.trouble.empty()) return {Acceptance::kTryAgain, answer.trouble};
  if (answer.status >= 200 && answer.status < 300) return {Acceptance::kYes, ""};
  std::string reason = fmt::format("HTTP {} {}", answer.status, answer.body);
  switch (answer.status) {
    case 400:  // the body is malformed, too large or invalid: a retry would fail too
    case 413:
    case 422:
      return {Acceptance::kRefused, std::move(reason)};
    default:  // a missing page, a wrong password, a redirect: an operator can fix it
      return {Acceptance::kTryAgain, std::move(reason)};
  }
}

}  // namespace rollcall::alert
