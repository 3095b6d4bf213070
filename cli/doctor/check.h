// Holds the result of one check of this host, with a command that fixes the problem.
//
// Threading: value types.
// Errors:    a failed check is a result, not an error. So is a check that could not read its input.
// Cost:      allocates; for set-up only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace rollcall::doctor {

enum class Status : std::uint8_t {
  kOk,
  kWarn,  // a sweep works, but slower, or with losses that the HostLossLedger then reports
  kFail,  // the preflight would refuse a sweep, or the sweep would harm its targets
};

struct Check {
  Status status = Status::kOk;
  std::string name;   // one word
  std::string text;   // one line
  std::string fix{};  // a command for root, one line; "": none needed, or none known
};

inline bool any_failed(std::span<const Check> checks) {
  return std::ranges::any_of(checks, [](const Check& c) { return c.status == Status::kFail; });
}

// The text and the fix in one sentence, for an error or a note.
inline std::string sentence(const Check& check) {
  return check.fix.empty() ? check.text : check.text + "; mend: " + check.fix;
}

}  // namespace rollcall::doctor
