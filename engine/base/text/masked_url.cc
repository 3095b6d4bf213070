#include "engine/base/text/masked_url.h"

#include <algorithm>
#include <vector>

namespace rollcall {
namespace {

constexpr std::string_view kMask = "***";
// Shorter parts of a path are ordinary words: "api", "alerts".
constexpr std::size_t kPathSecretMin = 12;
constexpr std::size_t kValueSecretMin = 4;
// A part of a path at least this long, with at least this many digits, is taken for a random key.
constexpr std::size_t kRandomMin = 20;
constexpr std::ptrdiff_t kRandomDigitsMin = 3;

struct Parts {
  std::string_view start;  // with "://"
  std::string_view user;   // before the '@', without it
  std::string_view host;   // with the port
  std::string_view path;
  std::string_view query;     // after the '?'
  std::string_view fragment;  // after the '#'
  bool has_user = false;
  bool has_query = false;
  bool has_fragment = false;
};

// The last '@' before the path ends the user, even if a browser would read the host differently.
Parts parts_of(std::string_view url) {
  Parts parts;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return parts;
  parts.start = url.substr(0, scheme + 3);
  std::string_view rest = url.substr(scheme + 3);
  const auto cut = [&](char mark, std::string_view& tail, bool& has) {
    const std::size_t at = rest.find(mark);
    has = at != std::string_view::npos;
    if (!has) return;
    tail = rest.substr(at + 1);
    rest = rest.substr(0, at);
  };
  cut('#', parts.fragment, parts.has_fragment);
  cut('?', parts.query, parts.has_query);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  parts.host = rest.substr(0, slash);
  parts.path = rest.substr(slash);
  const std::size_t at = parts.host.rfind('@');
  if (at != std::string_view::npos) {
    parts.has_user = true;
    parts.user = parts.host.substr(0, at);
    parts.host = parts.host.substr(at + 1);
  }
  return parts;
}

template <typename Take>
void split(std::string_view text, std::string_view marks, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(marks), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string shown_query(std::string_view query) {
  std::string shown;
  split(query, "&;", [&](std::string_view field) {
    if (!shown.empty()) shown += '&';
    const std::size_t equals = field.find('=');
    // A field without a name may itself be the secret.
    if (equals != std::string_view::npos) shown += field.substr(0, equals + 1);
    shown += kMask;
  });
  return shown;
}

bool looks_random(std::string_view part) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_of_a_key = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  return part.size() >= kRandomMin && std::ranges::all_of(part, is_of_a_key) &&
         std::ranges::count_if(part, is_digit) >= kRandomDigitsMin;
}

std::string shown_path(std::string_view path) {
  std::string shown;
  std::size_t begin = 0;
  while (begin < path.size()) {  // each part includes the slash before it
    const std::size_t end = std::min(path.find('/', begin + 1), path.size());
    const std::string_view part = path.substr(begin + 1, end - begin - 1);
    shown += '/';
    shown += looks_random(part) ? kMask : part;
    begin = end;
  }
  return shown;
}

void replace_all(std::string& text, std::string_view secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kMask.size())) {
    text.replace(at, secret.size(), kMask);
  }
}

}  // namespace

std::string masked_url(std::string_view url) {
  const Parts parts = parts_of(url);
  if (parts.start.empty()) return std::string(url);
  std::string shown(parts.start);
  if (parts.has_user) shown += std::string(kMask) + '@';
  shown += parts.host;
  shown += shown_path(parts.path);
  if (parts.has_query) shown += '?' + shown_query(parts.query);
  if (parts.has_fragment) shown += '#' + std::string(kMask);
  return shown;
}

std::string without_secrets_of(std::string_view url, std::string text) {
  const Parts parts = parts_of(url);
  std::vector<std::string_view> secrets;
  const auto add = [&](std::string_view secret, std::size_t bytes_min) {
    if (secret.size() >= bytes_min) secrets.push_back(secret);
  };
  add(parts.query, kValueSecretMin);
  add(parts.fragment, kValueSecretMin);
  add(parts.user, kValueSecretMin);
  split(parts.user, ":", [&](std::string_view part) { add(part, kValueSecretMin); });
  split(parts.query, "&;", [&](std::string_view field) {
    const std::size_t equals = field.find('=');
    add(equals == std::string_view::npos ? field : field.substr(equals + 1), kValueSecretMin);
  });
  split(parts.path, "/", [&](std::string_view part) { add(part, kPathSecretMin); });
  // The longest first: a shorter secret may be a part of it.
  std::ranges::sort(secrets, {}, [](std::string_view secret) { return ~secret.size(); });
  for (const std::string_view secret : secrets) replace_all(text, secret);
  return text;
}

}  // namespace rollcall
