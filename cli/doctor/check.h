// What one check of this host found, and how to mend it.
//
// Threading: value types.
// Ownership: own their text.
// Units:     none.
// Errors:    these are findings; what could not be looked at is a finding too, never an error.
// Cost:      allocates; for set-up only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace rollcall::doctor {

enum class Status : std::uint8_t {
  kOk,
  kWarn,  // a sweep works, but is slower, or may lose something that the path ledger then shows
  kFail,  // a sweep would be refused, or would harm
};

struct Check {
  Status status = Status::kOk;
  std::string name;   // one word
  std::string text;   // one line
  std::string fix{};  // a command for root, one line; empty: none is needed or none is known
};

inline bool any_failed(std::span<const Check> checks) {
  return std::ranges::any_of(checks, [](const Check& c) { return c.status == Status::kFail; });
}

// For an error or a note: "TEXT; mend: COMMAND".
inline std::string sentence(const Check& check) {
  return check.fix.empty() ? check.text : check.text + "; mend: " + check.fix;
}

}  // namespace rollcall::doctor
