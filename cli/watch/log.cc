#include "cli/watch/log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include <algorithm>
#include <array>
#include <climits>

#include "cli/printable.h"
#include "engine/base/utc_text.h"

namespace rollcall::cli {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::size_t kValueBytesMax = 8192;

// A quoted value's own quotes and backslashes are escaped first, so that the \xNN of what is not
// printable cannot be mistaken for text.
std::string logfmt_value(std::string_view text) {
  std::string escaped;
  bool is_plain = !text.empty();
  for (const char c : text.substr(0, kValueBytesMax)) {
    const bool needs_escape = c == '"' || c == '\\';
    if (needs_escape) escaped += '\\';
    escaped += c;
    const bool is_ordinary = c > ' ' && c <= '~' && c != '=';
    if (needs_escape || !is_ordinary) is_plain = false;
  }
  return is_plain ? escaped : fmt::format("\"{}\"", printable(escaped));
}

std::string json_line(WallTime at, std::string_view level, std::string_view message,
                      LogFields fields) {
  nlohmann::ordered_json line{{"ts", utc_text(at)}, {"level", level}, {"msg", message}};
  for (const LogField& field : fields) {
    line[std::string(field.key)] = field.value.substr(0, kValueBytesMax);
  }
  // ASCII alone: what hides or reorders text stays an escape.
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view message,
                     LogFields fields) {
  const std::string_view name = kLevels[static_cast<std::size_t>(level)];
  if (format == LogFormat::kJson) return json_line(at, name, message, fields);
  std::string line =
      fmt::format("ts={} level={} msg={}", utc_text(at), name, logfmt_value(message));
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, logfmt_value(value));
  return line;
}

void Log::write(LogLevel level, std::string_view message, LogFields fields) const {
  if (level < config_.level) return;
  std::string line = log_line(config_.format, clock_.wall(), level, message, fields) + '\n';
  const std::scoped_lock lock(mutex_);
  if (dropped_ > 0) {
    const std::string count = std::to_string(dropped_);
    const std::string note =
        log_line(config_.format, clock_.wall(), LogLevel::kWarning,
                 "lines were dropped: standard error was not read", {{"lines", count}});
    if (!write_whole(note + '\n')) {
      ++dropped_;
      return;
    }
    dropped_ = 0;
  }
  if (!write_whole(line)) ++dropped_;
}

// A pipe that nobody reads, or a stopped terminal, would hold up the whole watch. O_NONBLOCK would
// be shared with every process that has this pipe: poll() tells beforehand instead. A line that is
// longer than the room of a pipe would block all the same: POLLOUT promises PIPE_BUF bytes
// (pipe(7)), so a longer line goes piece by piece.
bool Log::write_whole(std::string_view line) const {
  while (!line.empty()) {
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) <= 0) return false;
    const ssize_t count = ::write(fd_, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
    if (count <= 0) return false;
    line.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace rollcall::cli
