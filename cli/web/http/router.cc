#include "cli/web/http/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "engine/base/text/name_text.h"
#include "engine/base/text/words.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::web {
namespace {

constexpr std::size_t kFieldShownBytes = 100;

bool fits(std::string_view known, std::string_view name) {
  if (!known.ends_with('*')) return name == known;
  return name.starts_with(known.substr(0, known.size() - 1));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Fields that name a group or a label of the inventory.
bool names_something(std::string_view field) {
  return field == "group" || field.starts_with("label.");
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kDelete:
      return "DELETE";
  }
  return "";
}

// Matches segment by segment before decoding, so that an encoded slash does not separate segments.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> captured;
  while (!pattern.empty() && !path.empty()) {
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    const std::string_view given = path.substr(0, path_end);
    if (wanted.starts_with("/{")) {
      auto decoded = given.size() > 1 ? percent_decoded(given.substr(1)) : std::nullopt;
      if (!decoded) return std::nullopt;
      if (wanted == "/{group}") normalise_name(*decoded);
      captured.push_back(*std::move(decoded));
    } else if (wanted != given) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return captured;
}

}  // namespace

void Router::get(std::string pattern, Handler handler, Fields fields) {
  routes_.push_back({Method::kGet, std::move(pattern), std::move(handler), HandlerThread::kAtOnce,
                     std::move(fields)});
}

void Router::get_history(std::string pattern, HistoryHandler handler, Fields fields) {
  routes_.push_back({Method::kGet, std::move(pattern), std::move(handler), HandlerThread::kHistory,
                     std::move(fields)});
}

void Router::post(std::string pattern, Handler handler) {
  routes_.push_back(
      {Method::kPost, std::move(pattern), std::move(handler), HandlerThread::kChange, {}});
}

void Router::post_slow(std::string pattern, Handler handler, Fields fields) {
  routes_.push_back({Method::kPost, std::move(pattern), std::move(handler), HandlerThread::kSlow,
                     std::move(fields)});
}

void Router::remove(std::string pattern, Handler handler) {
  routes_.push_back(
      {Method::kDelete, std::move(pattern), std::move(handler), HandlerThread::kChange, {}});
}

Router::Found Router::find(Method method, std::string_view path) const {
  Found found;
  for (const Route& route : routes_) {
    auto captured = match(route.pattern, path);
    if (!captured) continue;
    if (route.method == method) return {&route, *std::move(captured), ""};
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += name_of(route.method);
  }
  return found;
}

std::optional<Response> refusal_of_fields(const Route& route, const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (std::ranges::any_of(route.fields, [&](const auto& known) { return fits(known, name); })) {
      continue;
    }
    const std::string shown = clipped(name, kFieldShownBytes);
    return problem(400, route.fields.empty()
                            ? fmt::format("{}: this takes no query", shown)
                            : fmt::format("{}: there is no such field; there are {}", shown,
                                          fmt::join(route.fields, ", ")));
  }
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto part : std::views::split(text, '&')) {
    const std::string_view field(part.begin(), part.end());
    if (field.empty()) continue;
    if (fields.size() == kQueryFieldsMax) return std::nullopt;
    const auto equals = std::min(field.find('='), field.size());
    auto name = percent_decoded(field.substr(0, equals), true);
    auto value = percent_decoded(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return std::nullopt;
    if (names_something(*name)) normalise_name(*value);
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

}  // namespace rollcall::web
