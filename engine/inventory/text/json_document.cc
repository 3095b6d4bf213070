#include "engine/inventory/text/json_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/foreign_text.h"

namespace rollcall::inventory {
namespace {

constexpr std::size_t kReasonBytesMax = 160;

// The error text without the library's own place, which ends with "column N: "; ours replaces it.
std::string reason_of(const nlohmann::json::exception& error) {
  std::string_view reason = error.what();
  if (const auto column = reason.find(", column "); column != std::string_view::npos) {
    const auto colon = reason.find(": ", column);
    if (colon != std::string_view::npos) reason.remove_prefix(colon + 2);
  }
  return escaped(reason, kReasonBytesMax);
}

}  // namespace

Result<nlohmann::json> json_document(std::string_view name, std::string_view text) {
  if (const auto diagnostic = markup_diagnostic(text))
    return std::unexpected(error_at(name, 1, 1, diagnostic->what));
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string_view passed =
        text.substr(0, std::min(error.byte == 0 ? 0 : error.byte - 1, text.size()));
    const auto line = static_cast<std::uint64_t>(std::ranges::count(passed, '\n')) + 1;
    const std::size_t newline = passed.rfind('\n');
    const std::size_t column =
        passed.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return std::unexpected(error_at(name, line, column, "not valid JSON: " + reason_of(error)));
  } catch (const nlohmann::json::exception& error) {
    // A number beyond the range of a double: the library quotes it, but gives no place.
    return fail(ErrorCode::kInput, fmt::format("{}: not valid JSON: {}", name, reason_of(error)));
  }
}

std::string_view string_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

bool is_set(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace rollcall::inventory
