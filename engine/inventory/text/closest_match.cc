#include "engine/inventory/text/closest_match.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rollcall::inventory {
namespace {

constexpr std::size_t kLettersAWrongOne = 3;
constexpr std::size_t kBeginningMin = 3;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment, three rows of the table at a time.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::vector<std::string_view> nearest(std::string_view name, std::span<const std::string> known,
                                      std::size_t count) {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  ranked.reserve(known.size());
  for (const std::string& candidate : known) {
    ranked.emplace_back(edit_distance(name, candidate), candidate);
  }
  count = std::min(count, ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::string_view> result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) result.push_back(ranked[i].second);
  return result;
}

std::optional<std::string_view> closest_match(std::string_view name,
                                              std::span<const std::string> known) {
  const auto near = nearest(name, known, 1);
  const std::size_t wrong_max = std::max(name.size() / kLettersAWrongOne, std::size_t{1});
  if (!near.empty() && edit_distance(name, near.front()) <= wrong_max) return near.front();
  if (name.size() < kBeginningMin) return std::nullopt;
  for (const std::string& candidate : known) {
    if (candidate.starts_with(name)) return candidate;
  }
  return std::nullopt;
}

}  // namespace rollcall::inventory
