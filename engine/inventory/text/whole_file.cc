#include "engine/inventory/text/whole_file.h"

#include <fmt/format.h>

#include <array>

#include "engine/inventory/text/byte_source.h"

namespace rollcall::inventory {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Result<WholeFile> read_whole(const std::string& path, std::uint64_t bytes_max) {
  auto file = FileSource::open(path);
  if (!file) return std::unexpected(file.error());
  WholeFile whole{file->name(), {}};
  for (std::array<char, 65536> buffer{};;) {
    const auto count = file->read(buffer);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    whole.text.append(buffer.data(), *count);
    if (whole.text.size() > bytes_max) {
      return fail(ErrorCode::kInput, fmt::format("{}: longer than {} bytes; is it the right file?",
                                                 whole.name, bytes_max));
    }
  }
  if (const auto unchanged = file->unchanged(); !unchanged) {
    return std::unexpected(unchanged.error());
  }
  if (whole.text.starts_with(kByteOrderMark)) whole.text.erase(0, kByteOrderMark.size());
  return whole;
}

}  // namespace rollcall::inventory
