#include "cli/render/name_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/base/text/printable.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kDigitsMax = 9;  // any number of 9 digits fits in 32 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::uint32_t number_of(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint32_t>(c - '0');
  return number;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kDigitsMax && std::ranges::all_of(text, is_digit);
}

// Leading zeros are part of a name: "web10" follows both "web9" and "web09", but not "web009".
bool is_successor(std::string_view a, std::string_view b) {
  if (!is_number(a) || !is_number(b) || number_of(b) != number_of(a) + 1) return false;
  const bool padded = a.front() == '0' || b.front() == '0';
  return a.size() == b.size() || (!padded && a.size() < b.size());
}

// The position of the number by which `b` follows `a`: "web09", "web10" -> 3.
std::optional<std::size_t> step_at(std::string_view a, std::string_view b) {
  std::size_t begin = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  while (begin > 0 && is_digit(a[begin - 1])) --begin;
  const auto end_of_number = [&](std::string_view name) {
    return static_cast<std::size_t>(
        std::find_if_not(name.begin() + static_cast<std::ptrdiff_t>(begin), name.end(), is_digit) -
        name.begin());
  };
  const std::size_t a_end = end_of_number(a);
  const std::size_t b_end = end_of_number(b);
  if (a.substr(a_end) != b.substr(b_end)) return std::nullopt;
  if (!is_successor(a.substr(begin, a_end - begin), b.substr(begin, b_end - begin))) {
    return std::nullopt;
  }
  return begin;
}

// How many names from the first on count up by one in the same number; at least 1.
std::size_t run_length(std::span<const std::string_view> names) {
  std::optional<std::size_t> at;
  std::size_t length = 1;
  for (; length < names.size(); ++length) {
    const auto step = step_at(names[length - 1], names[length]);
    if (!step || (at && *at != *step)) break;
    at = step;
  }
  return length;
}

std::string run_text(std::span<const std::string_view> run) {
  const std::string first = printable(run.front());
  if (run.size() == 1) return first;
  const std::string_view joint = run.front().contains('-') ? " to " : "-";
  return fmt::format("{}{}{}", first, joint, printable(run.back()));
}

}  // namespace

std::string name_ranges(std::span<const std::string_view> names, std::size_t items_max) {
  std::string text;
  for (std::size_t items = 0; items < items_max && !names.empty(); ++items) {
    const std::size_t length = run_length(names);
    text += (items == 0 ? "" : ", ") + run_text(names.first(length));
    names = names.subspan(length);
  }
  if (!names.empty()) text += fmt::format(" and {} more", names.size());
  return text;
}

}  // namespace rollcall::cli
