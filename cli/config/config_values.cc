#include "cli/config/config_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/duration.h"
#include "engine/inventory/parse_target.h"

namespace rollcall::cli {

Result<Duration> duration_within(const std::string& text, const DurationLimits& limits) {
  const auto duration = parse_duration(text, Duration::max());
  if (!duration) return fail(ErrorCode::kInput, "write a length of time as 90s, 5m, 1h or 30d");
  if (*duration < limits.least || *duration > limits.most) {
    return fail(ErrorCode::kInput,
                fmt::format("from {} to {} is possible", duration_word(limits.least),
                            duration_word(limits.most)));
  }
  return *duration;
}

Result<Canary> endpoint_in(const std::string& text) {
  const auto target = inventory::target_in(text);
  if (!target || !target->port || target->range.size() != 1) {
    return fail(ErrorCode::kInput, "write one address with its port, as 192.0.2.1:22");
  }
  return Canary{target->range.first, *target->port};
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

Result<void> check_path(const std::string& text) {
  if (text.starts_with('/')) return {};
  return fail(ErrorCode::kInput, "is no absolute path; write it from / on");
}

bool is_loopback(const Address& address) {
  if (address.is_v4()) return address.v4() >> 24 == 127;
  return address.high() == 0 && address.low() == 1;
}

}  // namespace rollcall::cli
