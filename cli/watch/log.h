// One line an event on standard error, as logfmt or JSON, whatever its values hold.
//
//   ts=2026-01-05T08:00:00.123Z level=info msg="a sweep is over" targets=50800 missing=37
//
// Threading: any.
// Ownership: borrows its arguments for the call.
// Units:     times in UTC.
// Errors:    a line that cannot be written at once is dropped; a later line tells how many were.
// Cost:      one poll(2) and one write(2) a line; nothing below the configured level. Never blocks.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "cli/config/config.h"
#include "engine/base/clock.h"

namespace rollcall::cli {

struct LogField {
  std::string_view key;  // of ours: a plain word
  std::string value;     // from anywhere
};
using LogFields = std::initializer_list<LogField>;

class Log {
 public:
  Log(const LogConfig& config, const Clock& clock, int fd = STDERR_FILENO)
      : config_(config), clock_(clock), fd_(fd) {}

  void debug(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kInfo, message, fields);
  }
  void warning(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kError, message, fields);
  }

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  bool write_whole(std::string_view line) const;

  LogConfig config_;
  const Clock& clock_;
  int fd_;
  mutable std::mutex mutex_;
  mutable std::uint64_t dropped_ = 0;  // lines
};

// The line without its end.
std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view message,
                     LogFields fields);

}  // namespace rollcall::cli
