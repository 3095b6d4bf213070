#include "engine/base/text/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace rollcall {
namespace {

std::optional<Duration> unit_of(std::string_view text) {
  if (text == "s") return std::chrono::seconds(1);
  if (text == "m") return std::chrono::minutes(1);
  if (text == "h") return std::chrono::hours(1);
  if (text == "d") return std::chrono::hours(24);
  return std::nullopt;
}

// Reads 90s, 1h30m or 0: each unit smaller than the one before. A sum that overflows becomes the
// longest Duration.
std::optional<Duration> total_of(std::string_view text) {
  if (text == "0") return Duration{};
  Duration total{};
  Duration unit_before = Duration::max();
  do {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::invalid_argument) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = unit_of(text.substr(0, 1));
    if (!unit || *unit >= unit_before) return std::nullopt;
    text.remove_prefix(1);
    unit_before = *unit;
    const bool is_huge =
        error == std::errc::result_out_of_range || number > (Duration::max() - total) / *unit;
    total = is_huge ? Duration::max() : total + number * *unit;
  } while (!text.empty());
  return total;
}

}  // namespace

Result<Duration> parse_duration(const std::string& text, Duration longest) {
  const auto total = total_of(text);
  if (!total) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no length of time; write it as 90s, 5m, 1h or 1h30m", text));
  }
  if (*total > longest || *total == Duration::max()) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is too long: {} at most", text, duration_word(longest)));
  }
  return *total;
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

}  // namespace rollcall
