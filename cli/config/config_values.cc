#include "cli/config/config_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "engine/base/text/duration.h"
#include "engine/inventory/parse/parse_target.h"

namespace rollcall::cli {

std::string host_of(std::string_view authority) {
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t end = authority.find(is_bracketed ? ']' : ':');
  if (is_bracketed && end == std::string_view::npos) return "";
  std::string host(authority.substr(is_bracketed ? 1 : 0, is_bracketed ? end - 1 : end));
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return host;
}

Result<Duration> duration_within(const std::string& text, const DurationLimits& limits) {
  const auto duration = parse_duration(text, Duration::max());
  if (!duration) return fail(ErrorCode::kInput, "write a length of time as 90s, 5m, 1h30m or 30d");
  if (*duration < limits.least || *duration > limits.most) {
    return fail(ErrorCode::kInput,
                fmt::format("from {} to {} is possible", duration_word(limits.least),
                            duration_word(limits.most)));
  }
  return *duration;
}

Result<CanaryConfig> endpoint_in(const std::string& text) {
  const auto target = inventory::target_in(text);
  if (!target || !target->port || target->range.size() != 1) {
    return fail(ErrorCode::kInput, "write one address with its port, as 192.0.2.1:22");
  }
  return CanaryConfig{target->range.first, *target->port};
}

Result<void> check_url(const std::string& text, const std::vector<std::string_view>& schemes) {
  const auto is_odd = [](char c) { return c <= ' ' || c == '"' || c == '\\' || c > '~'; };
  for (const std::string_view scheme : schemes) {
    const std::string start = fmt::format("{}://", scheme);
    if (!text.starts_with(start) || std::ranges::any_of(text, is_odd)) continue;
    const std::string_view rest = std::string_view(text).substr(start.size());
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    if (host.contains('@')) {
      return fail(ErrorCode::kInput, "holds a user or password; secrets belong in a file");
    }
    if (!host.empty() && host.front() != ':') return {};
  }
  return fail(ErrorCode::kInput,
              fmt::format("is no URL; write {}://HOST", fmt::join(schemes, ":// or ")));
}

Result<ExternalUrl> external_url_in(std::string text) {
  if (const auto url = check_url(text, {"http", "https"}); !url) {
    return std::unexpected(url.error());
  }
  while (text.ends_with('/')) text.pop_back();
  const std::size_t host_at = text.find("://") + 3;
  const std::size_t path_at = std::min(text.find('/', host_at), text.size());
  const std::string host = text.substr(host_at, path_at - host_at);
  const std::string path = text.substr(path_at);
  const auto is_odd = [](char c) {
    return !(std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/-._~").contains(c));
  };
  if (std::ranges::any_of(path, is_odd) || path.contains("//") || path.contains("/.") ||
      host_of(host).empty() || host.find_first_of("?#") != std::string::npos) {
    return fail(ErrorCode::kInput,
                "its path may hold letters, digits, - _ ~ and dots inside names, and no query; "
                "write https://HOST/PATH");
  }
  return ExternalUrl{text, host_of(host), path};
}

Result<void> check_path(const std::string& text) {
  if (text.starts_with('/')) return {};
  return fail(ErrorCode::kInput, "is no absolute path; write it from / on");
}

bool is_loopback(const Address& address) {
  if (address.is_v4()) return address.v4() >> 24 == 127;
  return address.high() == 0 && address.low() == 1;
}

}  // namespace rollcall::cli
