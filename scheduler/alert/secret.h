// A password or key that no log, error or core of ours shows by accident.
//
// Threading: immutable.
// Ownership: owns its bytes and wipes them.
// Units:     bytes.
// Errors:    read() says which file or variable is missing or empty, never what is in it.
// Cost:      one file.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace rollcall::alert {

// Where it is kept: one of the two.
struct SecretPlace {
  std::string file;
  std::string environment;  // name of a variable
};

class Secret {
 public:
  Secret() = default;  // none
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;

  // A line's end after the secret is no part of it. Call it before there are threads: it reads the
  // environment.
  static Result<Secret> read(const SecretPlace& place);

  bool empty() const { return value_.empty(); }
  // For the place that needs it, and no other.
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

}  // namespace rollcall::alert
