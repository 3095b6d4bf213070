#include "scheduler/alert/transport/secret.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rollcall::alert {
namespace {

constexpr std::size_t kSecretBytesMax = 4096;
constexpr std::chrono::seconds kReadMax{2};

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

SecretSource SecretSource::in_file(std::string file) {
  SecretSource source;
  source.file_ = std::move(file);
  if (!source.file_.empty()) (void)source.read();
  return source;
}

Result<Secret> SecretSource::read_file() const {
  auto read = reading_.run(
      [file = file_] { return Secret::read({.file = file, .environment = ""}); }, kReadMax);
  if (read) return *std::move(read);
  return fail(ErrorCode::kInput, fmt::format("reading the secret in {} does not return", file_));
}

Result<Secret> SecretSource::read() const {
  if (file_.empty()) return secret_;
  auto now = read_file();
  if (now) {
    secret_ = *std::move(now);
  } else if (secret_.empty()) {
    return std::unexpected(now.error());
  }
  return secret_;
}

Result<void> SecretSource::check() const {
  if (file_.empty()) return {};
  const auto now = read_file();
  if (!now) return std::unexpected(now.error());
  return {};
}

std::string problem_of(std::initializer_list<const SecretSource*> secrets) {
  for (const SecretSource* secret : secrets) {
    if (const auto checked = secret->check(); !checked) return checked.error().to_string();
  }
  return "";
}

std::string exposure_of(const std::string& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return "";
  if ((facts.st_mode & (S_IWOTH | S_IWGRP)) != 0) return "others than its owner may change it";
  if ((facts.st_mode & S_IROTH) != 0) return "others may read it";
  return "";
}

std::string exposure_warning(const std::string& file) {
  const std::string exposure = file.empty() ? "" : exposure_of(file);
  if (exposure.empty()) return "";
  return fmt::format("{} holds a secret, but {}. Fix: chmod 0640 {}", file, exposure, file);
}

}  // namespace rollcall::alert
