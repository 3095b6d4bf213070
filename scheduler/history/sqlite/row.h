// Converts our values to SQLite columns and back.
//
// Threading: pure.
// Units:     times in nanoseconds since the Unix epoch.
// Errors:    reading throws UnreadableRow, which says what the row contains.
// Cost:      a copy of each text.
#pragma once

#include <SQLiteCpp/Statement.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "engine/base/address.h"
#include "engine/base/text/words.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::history {

inline std::int64_t to_column(WallTime time) {
  return time.time_since_epoch().count();
}
inline std::int64_t to_column(Duration duration) {
  return duration.count();
}
inline std::int64_t to_column(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
inline std::int64_t to_column(std::uint32_t value) {
  return value;
}
inline std::int64_t to_column(bool value) {
  return value ? 1 : 0;
}
inline std::int64_t to_column(Port port) {
  return port.value;
}
// SQLite has no NaN: it would store NULL, which a NOT NULL column refuses.
inline double to_column(double value) {
  return std::isfinite(value) ? value : 0;
}
inline std::string to_column(const Address& address) {
  return address.to_string();
}
inline std::string to_column(std::string_view text) {
  return clipped(text, kTextBytesMax);
}
inline std::string to_column(const std::string& text) {
  return to_column(std::string_view(text));
}

// A text that to_column() must not cut, because it has its own limit.
struct Whole {
  const std::string& text;
};

// A statement for many rows: put() binds all columns of one row and runs it.
class Insert {
 public:
  Insert(SQLite::Database& database, const char* sql) : statement_(database, sql) {}

  template <typename... Values>
  int put(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    const int changed = statement_.exec();
    statement_.reset();
    return changed;
  }

 private:
  template <typename Value>
  void bind(int index, const Value& value) {
    statement_.bind(index, to_column(value));
  }
  void bind(int index, const Whole& whole) { statement_.bindNoCopy(index, whole.text); }
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    value ? bind(index, *value) : statement_.bind(index);
  }

  SQLite::Statement statement_;
};

struct UnreadableRow : std::runtime_error {
  using runtime_error::runtime_error;
};

// The columns of the current row, from left to right.
class Row {
 public:
  explicit Row(SQLite::Statement& statement) : statement_(statement) {}

  std::int64_t integer() { return statement_.getColumn(next_++).getInt64(); }
  std::uint32_t count() { return static_cast<std::uint32_t>(integer()); }
  std::uint64_t total() { return static_cast<std::uint64_t>(integer()); }
  bool boolean() { return integer() != 0; }
  double real() { return statement_.getColumn(next_++).getDouble(); }
  std::string text() { return statement_.getColumn(next_++).getString(); }
  WallTime time() { return WallTime(Duration(integer())); }
  Port port() { return Port{static_cast<std::uint16_t>(integer())}; }
  Address address() { return checked(text(), Address::parse); }
  std::optional<WallTime> time_or_none() {
    return is_null() ? std::nullopt : std::optional(time());
  }
  std::optional<double> real_or_none() { return is_null() ? std::nullopt : std::optional(real()); }
  template <typename Value>
  Value named(std::optional<Value> (*from)(std::string_view)) {
    return checked(text(), from);
  }

 private:
  bool is_null() {
    if (!statement_.getColumn(next_).isNull()) return false;
    ++next_;
    return true;
  }
  template <typename Value>
  Value checked(const std::string& text, std::optional<Value> (*from)(std::string_view)) {
    const auto value = from(text);
    if (!value) throw UnreadableRow("unexpected '" + clipped(text, kNameBytesMax) + "'");
    return *value;
  }

  SQLite::Statement& statement_;
  int next_ = 0;
};

}  // namespace rollcall::history
