// Holds a password or key so that no log, error or core dump of ours shows it by accident.
//
// Threading: immutable.
// Ownership: owns its bytes and wipes them.
// Units:     bytes.
// Errors:    read() says which file or variable is missing or empty, never its contents.
// Cost:      one file.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/limited_call.h"

namespace rollcall::alert {

// The source of a secret: set exactly one of the two.
struct SecretPlace {
  std::string file;
  std::string environment;  // name of an environment variable
};

class Secret {
 public:
  Secret() = default;  // no secret
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;

  // Reads the secret without trailing line ends. Call it before other threads start: it reads the
  // environment.
  static Result<Secret> read(const SecretPlace& place);

  bool empty() const { return value_.empty(); }
  // Call it only in the code that sends or verifies the secret.
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

// A secret that is read again for each use, so that a rotated one takes effect without a restart. A
// read that does not return within two seconds counts as a file that cannot be read.
//
// Threading: not thread-safe: read() keeps what it read.
class SecretSource {
 public:
  SecretSource() = default;                                    // no secret
  SecretSource(Secret secret) : secret_(std::move(secret)) {}  // NOLINT: as it is
  static SecretSource in_file(std::string file);               // "": no secret
  // Returns an empty secret if there is no source. If the file cannot be read now, returns the
  // secret that was read last: the process may have dropped its privileges, or the file is being
  // replaced.
  Result<Secret> read() const;
  // Returns an error if the file cannot be read now.
  Result<void> check() const;

 private:
  Result<Secret> read_file() const;

  std::string file_;
  mutable Secret secret_;
  mutable LimitedCall<Result<Secret>> reading_;
};

// Describes the first secret that cannot be read; "" if all can be read.
std::string problem_of(std::initializer_list<const SecretSource*> secrets);

// Says which users other than the owner may read or change the file, such as "others may read it".
// Returns "" if there are none, or if only the group may read it. A service shares a file with its
// administrator through the group.
std::string exposure_of(const std::string& file);
// The same as a warning with its fix.
std::string exposure_warning(const std::string& file);

}  // namespace rollcall::alert
