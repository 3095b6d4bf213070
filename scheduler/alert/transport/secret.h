// A password or key that no log, error or core of ours shows by accident.
//
// Threading: immutable.
// Ownership: owns its bytes and wipes them.
// Units:     bytes.
// Errors:    read() says which file or variable is missing or empty, never what is in it.
// Cost:      one file.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/limited_call.h"

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

// A secret that is read again for each use, so that a rotated one takes effect without a restart.
// A read that does not return within two seconds counts as a file that cannot be read.
//
// Threading: not thread-safe: read() remembers what it read.
class SecretSource {
 public:
  SecretSource() = default;                                    // none
  SecretSource(Secret secret) : secret_(std::move(secret)) {}  // NOLINT: as it is
  static SecretSource in_file(std::string file);               // "": none
  // An empty secret where there is none. Where the file cannot be read now, the secret that was
  // read last: a process that dropped its privileges, or a file that is just being replaced.
  Result<Secret> read() const;
  // Why the file cannot be read now.
  Result<void> check() const;

 private:
  Result<Secret> read_file() const;

  std::string file_;
  mutable Secret secret_;
  mutable LimitedCall<Result<Secret>> reading_;
};

// What is wrong with the first of them that cannot be read; "" where all can.
std::string problem_of(std::initializer_list<const SecretSource*> secrets);

// Who beside the owner may read or change the file: "others may read it"; "" where nobody may, or
// the group may read it, which is how a service shares a file with its administrator.
std::string exposure_of(const std::string& file);
// The same as a warning with its mend.
std::string exposure_warning(const std::string& file);

}  // namespace rollcall::alert
