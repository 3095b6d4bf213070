// One line an event on standard error, as logfmt or JSON, whatever its values hold.
//
//   ts=2026-01-05T08:00:00.123Z level=info msg="a sweep is over" targets=50800 missing=37
//
// A thread of its own writes: standard error may be a pipe without a reader, a stopped terminal or
// a file on a server that does not answer.
//
// Threading: any.
// Ownership: borrows its arguments for the call.
// Units:     times in UTC.
// Errors:    a line that finds the queue full is dropped; the next line that fits tells how many
//            were, and is_unread() says so.
// Cost:      one short lock a line; nothing below the configured level. Never blocks. The
// destructor
//            waits kFlushMax at most for what is queued.
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
  std::string_view key;  // of ours: a plain word
  std::string value;     // from anywhere
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

  // Waits until all is written, or for so long.
  void flush(std::chrono::milliseconds longest) const;
  // Standard error has taken nothing for half a minute, or lines are being lost.
  bool is_unread() const;

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  LogConfig config_;
  const Clock& clock_;
  struct Writer;
  std::shared_ptr<Writer> writer_;  // shared with its thread, which may have to be left behind
};

// The line without its end.
std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view message,
                     LogFields fields);

}  // namespace rollcall::cli
