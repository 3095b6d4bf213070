#include "cli/fleet_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/output_file.h"
#include "engine/inventory/whole_file.h"

namespace rollcall::cli {
namespace {

constexpr std::uint64_t kFleetBytesMax = std::uint64_t{512} << 20;

// The path at the end of symbolic links; as given when that does not exist.
std::string resolved(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

}  // namespace

Result<FleetFile> FleetFile::open(const std::string& path) {
  const std::string target = resolved(path);
  struct stat status{};
  if (::stat(target.c_str(), &status) != 0) {
    if (errno == ENOENT) return FleetFile(target, "", std::nullopt);
    return fail(ErrorCode::kInput, fmt::format("cannot read {}", target), errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not a regular file: cannot replace it", path));
  }
  auto whole = inventory::read_whole(target, kFleetBytesMax);
  if (!whole) return std::unexpected(whole.error());
  return FleetFile(target, std::move(whole->text), status);
}

// Two imports may run at once: the second must not undo what the first one wrote.
Result<void> FleetFile::unchanged() const {
  const std::optional<struct stat> now = status_of(path_);
  const auto changed = [this] {
    return fail(
        ErrorCode::kInput,
        fmt::format("{}: changed while the import ran; nothing was written, run again", path_));
  };
  if (now.has_value() != status_.has_value()) return changed();
  if (!now) return {};
  const auto whole = inventory::read_whole(path_, kFleetBytesMax);
  if (!whole) return std::unexpected(whole.error());
  return whole->text == text_ ? Result<void>() : changed();
}

Result<void> FleetFile::replace(const std::string& text) const {
  auto file = OutputFile::create(path_);
  if (!file) return std::unexpected(file.error());
  (*file)->stream() << text;
  if (const auto same = unchanged(); !same) return same;
  if (const auto committed = (*file)->commit(); !committed) return committed;
  if (!status_) return {};
  // Only root may give a file away; for everybody else the owner is the same already, or is theirs.
  if (::chown(path_.c_str(), status_->st_uid, status_->st_gid) != 0 && errno != EPERM) {
    return fail(ErrorCode::kSystem, fmt::format("cannot keep the owner of {}", path_), errno);
  }
  if (::chmod(path_.c_str(), status_->st_mode & 07777) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("cannot keep the mode of {}", path_), errno);
  }
  return {};
}

}  // namespace rollcall::cli
