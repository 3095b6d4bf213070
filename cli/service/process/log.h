// Log writes one line per event to standard error, as logfmt or JSON, and escapes all values.
//
//   ts=2026-01-05T08:00:00.123Z level=info msg="a sweep is over" targets=50800 missing=37
//
// A separate thread writes, because standard error may block: a pipe without a reader, a stopped
// terminal, a file on a dead server.
//
// Threading: any.
// Ownership: borrows its arguments for the call.
// Units:     times in UTC.
// Errors:    a line that finds the queue full is dropped. The next line that fits reports how many
//            were dropped, and is_unread() is true.
// Cost:      one short lock per line; nothing below the configured level. Never blocks. The
//            destructor waits at most kFlushMax for queued lines.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "cli/config/config.h"
#include "engine/base/clock.h"

namespace rollcall::cli {

struct LogField {
  std::string_view key;  // a constant plain word
  std::string value;     // untrusted: any bytes
};
using LogFields = std::initializer_list<LogField>;

class Log {
 public:
  static constexpr std::chrono::milliseconds kFlushMax{500};

  Log(const LogConfig& config, const Clock& clock, int fd = STDERR_FILENO);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

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

  // Waits until all lines are written, for at most `longest`.
  void flush(std::chrono::milliseconds longest) const;
  // True when standard error has accepted nothing for half a minute, or when lines are dropped.
  bool is_unread() const;

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  LogConfig config_;
  const Clock& clock_;
  struct Writer;
  std::shared_ptr<Writer> writer_;  // shared with its thread, which may be left behind
};

// The line without its newline.
std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view message,
                     LogFields fields);

}  // namespace rollcall::cli
