#include "scheduler/alert/secret.h"

#include <fmt/format.h>
#include <sodium.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rollcall::alert {
namespace {

constexpr std::size_t kSecretBytesMax = 4096;

Result<std::string> contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kSecretBytesMax + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return fail(ErrorCode::kInput, fmt::format("cannot read the secret in {}", path), errno);
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kSecretBytesMax) {
    return fail(ErrorCode::kInput, fmt::format("{} is longer than {} bytes: is it the right file?",
                                               path, kSecretBytesMax));
  }
  return text;
}

}  // namespace

Secret::~Secret() {
  sodium_memzero(value_.data(), value_.size());
}

Result<Secret> Secret::read(const SecretPlace& place) {
  if (place.file.empty() == place.environment.empty()) {
    return fail(ErrorCode::kUsage, "a secret is in a file or in an environment variable: name one");
  }
  std::string text;
  if (place.file.empty()) {
    const char* value = std::getenv(place.environment.c_str());  // NOLINT(concurrency-mt-unsafe)
    text = value == nullptr ? "" : value;
  } else {
    auto read = contents(place.file);
    if (!read) return std::unexpected(read.error());
    text = *std::move(read);
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) {
    return fail(ErrorCode::kInput,
                fmt::format("there is no secret in {}",
                            place.file.empty() ? "$" + place.environment : place.file));
  }
  return Secret(std::move(text));
}

}  // namespace rollcall::alert
