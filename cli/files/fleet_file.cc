#include "cli/files/fleet_file.h"

#include <fmt/format.h>

#include <cerrno>

#include "cli/files/output_file.h"
#include "engine/base/resolved_path.h"
#include "engine/inventory/text/whole_file.h"

namespace rollcall::cli {
namespace {

constexpr std::uint64_t kFleetBytesMax = std::uint64_t{512} << 20;

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

}  // namespace

Result<FleetFile> FleetFile::open(const std::string& path) {
  const auto place = resolve_path(path);
  if (!place && place.error().sys_errno == ENOENT) return FleetFile(path, "", std::nullopt);
  if (!place) return std::unexpected(place.error());
  const std::string& target = place->path;
  if (!place->status) return FleetFile(target, "", std::nullopt);
  if (!S_ISREG(place->status->st_mode)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not a regular file: cannot replace it", path));
  }
  auto whole = inventory::read_whole(target, kFleetBytesMax);
  if (!whole) return std::unexpected(whole.error());
  return FleetFile(target, std::move(whole->text), place->status);
}

// Two imports may run at the same time. The second must not overwrite the result of the first.
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
  if (status_) {
    if (const auto taken = (*file)->take_after(*status_); !taken) return taken;
  }
  (*file)->stream() << text;
  if (const auto same = unchanged(); !same) return same;
  return (*file)->commit();
}

}  // namespace rollcall::cli
