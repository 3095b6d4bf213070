#include "cli/service/inventory/fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <mutex>

#include "cli/service/process/systemd_notifier.h"
#include "engine/base/text/masked_url.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

constexpr long kConnectMs = 5'000;
constexpr long kTotalMs = 30'000;
constexpr std::size_t kReasonBytesMax = 300;

struct Download {
  std::string text;
  std::uint64_t bytes_max;
};

// libcurl ends the transfer when the callback takes fewer bytes than it was given.
size_t take_bytes(char* data, size_t size, size_t count, void* to) {
  auto& download = *static_cast<Download*>(to);
  if (download.text.size() + size * count > download.bytes_max) return 0;
  download.text.append(data, size * count);
  return size * count;
}

int look_at_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const bool asked = static_cast<const std::stop_token*>(stop)->stop_requested();
  return asked || ServiceSignals::stop_requested() ? 1 : 0;
}

}  // namespace

Result<std::string> fetch(const std::string& url, std::uint64_t bytes_max,
                          const std::stop_token& stop) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  if (!easy) return fail(ErrorCode::kSystem, "cannot prepare a transfer");
  Download download{.text = {}, .bytes_max = bytes_max};
  std::array<char, CURL_ERROR_SIZE> trouble{};
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "rollcall");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  // Without this, the end of a transfer waits for a name server that does not answer.
  curl_easy_setopt(easy.get(), CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, kTotalMs);
  curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, trouble.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &download);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, look_at_stop);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &stop);
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_WRITE_ERROR) {
    return fail(ErrorCode::kInput, fmt::format("more than {} bytes", bytes_max));
  }
  if (code != CURLE_OK) {
    const char* words = trouble[0] != '\0' ? trouble.data() : curl_easy_strerror(code);
    return fail(ErrorCode::kInput,
                inventory::escaped(without_secrets_of(url, words), kReasonBytesMax));
  }
  if (status != 200) return fail(ErrorCode::kInput, fmt::format("HTTP status {}, not 200", status));
  return std::move(download.text);
}

}  // namespace rollcall::cli
