#include "cli/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace rollcall::cli {
namespace {

std::optional<Duration> unit_of(std::string_view text) {
  if (text == "s") return std::chrono::seconds(1);
  if (text == "m") return std::chrono::minutes(1);
  if (text == "h") return std::chrono::hours(1);
  if (text == "d") return std::chrono::hours(24);
  return std::nullopt;
}

}  // namespace

Result<Duration> parse_duration(const std::string& text, Duration longest) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, text.data() + text.size());
  const bool is_huge = error == std::errc::result_out_of_range;
  const bool is_zero = error == std::errc() && number == 0;
  const auto unit = rest.empty() && is_zero ? std::optional(Duration(1)) : unit_of(rest);
  if ((error != std::errc() && !is_huge) || !unit) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no length of time; write it as 90s, 5m or 1h", text));
  }
  if (is_huge || number > longest / *unit) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is too long: {} at most", text, duration_word(longest)));
  }
  return number * *unit;
}

std::string duration_word(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  for (const auto& [length, unit] : {std::pair(86400, 'd'), {3600, 'h'}, {60, 'm'}}) {
    if (seconds > 0 && seconds % length == 0) return fmt::format("{}{}", seconds / length, unit);
  }
  return fmt::format("{}s", seconds);
}

std::string duration_text(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 60) return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace rollcall::cli
