#include <fmt/format.h>

#include <array>

#include "engine/inventory/import/source.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/text/byte_source.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/foreign_text.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {
namespace {

constexpr std::size_t kFields = 3;
constexpr std::array<std::string_view, kFields> kFieldNames{"address", "netmask", "broadcast"};

// Ones, then zeros. 0.0.0.0 is refused: no alias address covers the whole Internet.
bool is_netmask(std::uint32_t mask) {
  const std::uint32_t host = ~mask;
  return mask != 0 && (host & (host + 1)) == 0;
}

Parsed<Address> address_in_line(std::string_view line) {
  const std::size_t start = blanks_before(line);
  const std::string_view text = trimmed(line.substr(0, line.find('#')));
  std::array<Address, kFields> values;
  std::size_t at = 0;
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t colon = text.find(':', at);
    const bool last = i + 1 == kFields;
    if ((colon == std::string_view::npos) != last) {
      return flawed(start, in_quotes(text) + " is not address:netmask:broadcast; write all three");
    }
    const std::string_view field = trimmed(text.substr(at, colon - at));
    const auto value = Address::parse(field);
    const bool valid = value && value->is_v4() && (i != 1 || is_netmask(value->v4()));
    if (!valid) {
      return flawed(start + at, fmt::format("the {} {} is not an IPv4 {}", kFieldNames[i],
                                            in_quotes(field), i == 1 ? "netmask" : "address"));
    }
    values[i] = *value;
    at = colon + 1;
  }
  if (const auto reason = refusal({values[0], values[0]})) {
    return flawed(start, fmt::format("{} is {}, where no probe may go; remove it",
                                     values[0].to_string(), *reason));
  }
  return values[0];
}

}  // namespace

Result<Imported> import_etc_ips(const WholeFile& file, std::string_view group,
                                const std::optional<Address>& main) {
  if (const auto diagnostic = markup_diagnostic(file.text)) {
    return std::unexpected(error_at(file.name, 1, 1, diagnostic->what));
  }
  ImportedGroup found{std::string(group), {}, {}, {}};
  TextSource bytes(file.text);
  TextInput input(file.name, bytes);
  LineReader lines(input);
  for (;;) {
    const auto line = lines.next();
    if (!line) return std::unexpected(line.error());
    if (!*line) break;
    const auto address = address_in_line(**line);
    if (!address) return lines.fail_at(address.error().offset, address.error().what);
    found.targets.push_back({*address, {}, {}});
  }
  // This check comes before --main is added: --main alone would make a group of one from an empty
  // file.
  if (found.targets.empty()) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: holds no address; nothing to import", file.name));
  }
  if (main) found.targets.push_back({*main, {}, {}});
  return Imported{{std::move(found)}, {}};
}

}  // namespace rollcall::inventory
