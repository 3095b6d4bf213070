#include "engine/inventory/finish_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <compare>
#include <utility>

#include "engine/inventory/text/closest_match.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {
namespace {

constexpr std::uint32_t kNoGroup = UINT32_MAX;
constexpr std::size_t kSuggestionsMax = 3;
constexpr std::size_t kCandidatesMax = 16;  // of each family

// Two words at a time: std::array compares four words, which is the larger part of a sort.
std::strong_ordering by_address(const Target& a, const Target& b) {
  if (a.address.high() != b.address.high()) return a.address.high() <=> b.address.high();
  if (a.address.low() != b.address.low()) return a.address.low() <=> b.address.low();
  return a.port.value <=> b.port.value;
}

bool same_target(const Target& a, const Target& b) {
  return by_address(a, b) == 0;
}

template <typename Less>
void sort_unless_sorted(std::vector<Target>& rows, Less less) {
  if (!std::ranges::is_sorted(rows, less)) std::ranges::sort(rows, less);
}

// IPv4 addresses lie inside the IPv6 space of an Address: ::/0 must not contain them.
bool lies_in(std::span<const AddressRange> ranges, const Address& address) {
  return std::ranges::any_of(ranges, [&address](const AddressRange& range) {
    return range.first.is_v4() == address.is_v4() && range.contains(address);
  });
}

// Runs the steps of finish_table(); the members are the state that the steps share.
class Finisher {
 public:
  explicit Finisher(Draft draft)
      : rows_(std::move(draft.rows)),
        entries_(std::move(draft.entries)),
        sources_(std::move(draft.sources)),
        group_names_(draft.groups.take()),
        facts_(std::move(draft.facts)),
        notes_(std::move(draft.notes)),
        label_sets_(draft.label_sets.take()) {
    facts_.resize(group_names_.size());
  }

  Result<Inventory> run(const LoadRequest& request);

 private:
  Result<void> merge_duplicates();
  Result<Target> merge(std::span<const Target> same) const;
  std::unexpected<Error> conflict(const Target& later, const Target& earlier,
                                  std::string_view what) const;
  void exclude(std::span<const AddressRange> ranges);
  static Result<void> check_canaries(const LoadRequest& request);
  Result<void> choose_groups(std::span<const std::string> names, const std::vector<bool>& known);
  void take_candidates(const std::vector<bool>& chosen);
  std::unexpected<Error> unknown_group(std::string_view name, const std::vector<bool>& known) const;
  std::vector<bool> groups_with_rows() const;
  void number_groups();
  std::vector<Group> count_groups();

  Entry& entry_of(const Target& row) { return entries_[row.label_set]; }
  const Entry& entry_of(const Target& row) const { return entries_[row.label_set]; }
  std::string place_of(const Target& row) const;

  std::vector<Target> rows_;
  std::vector<Entry> entries_;
  std::vector<std::string> sources_;
  std::vector<std::string> group_names_;
  std::vector<GroupFacts> facts_;  // by group, like group_names_
  Notes notes_;
  std::vector<LabelSet> label_sets_;
  std::vector<CanaryAddress> canaries_;
  std::uint64_t duplicates_ = 0;
  std::uint64_t excluded_ = 0;
};

Result<Inventory> Finisher::run(const LoadRequest& request) {
  if (rows_.empty() && !request.may_be_empty) {
    return fail(ErrorCode::kInput,
                fmt::format("no targets in {}; add at least one", fmt::join(sources_, ", ")));
  }
  if (const auto merged = merge_duplicates(); !merged) return std::unexpected(merged.error());
  const std::vector<bool> known = groups_with_rows();
  exclude(request.exclude);
  if (const auto ok = check_canaries(request); !ok) return std::unexpected(ok.error());
  canaries_ = request.canaries;
  if (const auto chosen = choose_groups(request.only_groups, known); !chosen) {
    return std::unexpected(chosen.error());
  }
  if (rows_.empty() && !request.may_be_empty) {
    return fail(ErrorCode::kInput, "every target is excluded; narrow the --exclude ranges");
  }
  for (Target& row : rows_) row.label_set = entry_of(row).label_set;
  std::vector<Entry>().swap(entries_);
  number_groups();
  std::vector<Group> groups = count_groups();
  return Inventory{TargetTable(std::move(rows_), std::move(groups), std::move(label_sets_),
                               request.seed, canaries_),
                   duplicates_, excluded_};
}

Result<void> Finisher::merge_duplicates() {
  // Entries break ties, so the line that was read first comes first.
  sort_unless_sorted(rows_, [](const Target& a, const Target& b) {
    const auto order = by_address(a, b);
    return order != 0 ? order < 0 : a.label_set < b.label_set;
  });
  auto out = rows_.begin();
  for (auto first = rows_.begin(); first != rows_.end();) {
    auto last = first + 1;
    while (last != rows_.end() && same_target(*first, *last)) ++last;
    if (last - first == 1) {
      *out++ = *first;
    } else {
      const auto merged = merge({first, last});
      if (!merged) return std::unexpected(merged.error());
      duplicates_ += static_cast<std::uint64_t>(last - first - 1);
      *out++ = *merged;
    }
    first = last;
  }
  rows_.erase(out, rows_.end());
  return {};
}

// A stated value takes precedence over an implied one; labels are those of the first line that has
// any.
Result<Target> Finisher::merge(std::span<const Target> same) const {
  const Target* group = nullptr;
  const Target* expect = nullptr;
  const Target* labels = nullptr;
  for (const Target& row : same) {
    const Entry& entry = entry_of(row);
    if (entry.group_said && group != nullptr && group->group != row.group) {
      return conflict(
          row, *group,
          fmt::format("is in group {} here but in {}", in_quotes(group_names_[row.group.value]),
                      in_quotes(group_names_[group->group.value])));
    }
    if (entry.expect_said && expect != nullptr && expect->expect != row.expect) {
      const bool open = row.expect == Expect::kOpen;
      return conflict(
          row, *expect,
          fmt::format("expects {} here but {}", open ? "open" : "bound", open ? "bound" : "open"));
    }
    if (entry.group_said && group == nullptr) group = &row;
    if (entry.expect_said && expect == nullptr) expect = &row;
    if (entry.label_set != 0 && labels == nullptr) labels = &row;
  }
  Target merged = same.front();
  if (group != nullptr) merged.group = group->group;
  if (expect != nullptr) merged.expect = expect->expect;
  if (labels != nullptr) merged.label_set = labels->label_set;
  return merged;
}

std::unexpected<Error> Finisher::conflict(const Target& later, const Target& earlier,
                                          std::string_view what) const {
  return fail(ErrorCode::kInput,
              fmt::format("{}: {} port {} {} at {}; keep one of the two", place_of(later),
                          later.address.to_string(), later.port.value, what, place_of(earlier)));
}

std::string Finisher::place_of(const Target& row) const {
  const Entry& entry = entry_of(row);
  return fmt::format("{}:{}:{}", sources_[entry.source], entry.line, entry.column);
}

void Finisher::exclude(std::span<const AddressRange> ranges) {
  if (ranges.empty()) return;
  excluded_ =
      std::erase_if(rows_, [ranges](const Target& row) { return lies_in(ranges, row.address); });
}

// A canary receives probes like a target, so the same limits apply to it.
Result<void> Finisher::check_canaries(const LoadRequest& request) {
  for (const CanaryAddress& canary : request.canaries) {
    if (lies_in(request.exclude, canary.address)) {
      return fail(ErrorCode::kInput,
                  fmt::format("the canary {} is excluded, so it may not be asked; "
                              "name another one, or narrow the excluded ranges",
                              canary.address.to_string()));
    }
    if (!request.scope.allows(canary.address)) {
      return fail(
          ErrorCode::kInput,
          fmt::format("the canary {} is outside of the allowed ranges (scope.allow, --allow); "
                      "name another one, or allow its network",
                      canary.address.to_string()));
    }
  }
  return {};
}

std::vector<bool> Finisher::groups_with_rows() const {
  std::vector<bool> present(group_names_.size());
  for (const Target& row : rows_) present[row.group.value] = true;
  return present;
}

// Each chosen group must exist and have targets left: a verdict on no targets would look like
// success.
Result<void> Finisher::choose_groups(std::span<const std::string> names,
                                     const std::vector<bool>& known) {
  if (names.empty()) return {};
  const std::vector<bool> remaining = groups_with_rows();
  std::vector<bool> chosen(group_names_.size());
  for (const std::string& given : names) {
    const std::string name = normal_name(given);
    const auto found = std::ranges::find(group_names_, name);
    const auto i = static_cast<std::size_t>(found - group_names_.begin());
    if (found == group_names_.end() || !known[i]) return unknown_group(name, known);
    if (!remaining[i]) {
      return fail(ErrorCode::kInput, fmt::format("every target of group {} is excluded; narrow the "
                                                 "--exclude ranges",
                                                 in_quotes(name)));
    }
    chosen[i] = true;
  }
  take_candidates(chosen);
  std::erase_if(rows_, [&chosen](const Target& row) { return !chosen[row.group.value]; });
  return {};
}

// Targets of other groups show whether this host receives replies while the chosen ones are silent.
// Takes some of each family, spread over the groups, so that they cover every next hop if possible.
void Finisher::take_candidates(const std::vector<bool>& chosen) {
  for (const bool v4 : {true, false}) {
    std::vector<bool> taken = chosen;
    std::vector<const Target*> found;
    for (const Target& row : rows_) {
      if (taken[row.group.value] || row.address.is_v4() != v4) continue;
      taken[row.group.value] = true;  // one a group
      found.push_back(&row);
    }
    const std::size_t count = std::min(found.size(), kCandidatesMax);
    for (std::size_t i = 0; i < count; ++i) {
      const Target& row = *found[i * found.size() / count];
      canaries_.push_back({row.address, row.port, CanaryKind::kCandidate});
    }
  }
}

std::unexpected<Error> Finisher::unknown_group(std::string_view name,
                                               const std::vector<bool>& known) const {
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < group_names_.size(); ++i) {
    if (known[i]) candidates.push_back(group_names_[i]);
  }
  std::vector<std::string> suggestions;
  for (const std::string_view near : nearest(name, candidates, kSuggestionsMax)) {
    suggestions.push_back(in_quotes(near));
  }
  return fail(ErrorCode::kUsage, fmt::format("unknown group {}; the nearest names are {}",
                                             in_quotes(name), fmt::join(suggestions, ", ")));
}

// Renumbers the groups in order of first appearance, and sorts the rows into the table's order.
// Drops groups without rows: excluded ones, and implied ones that a stated group replaced.
void Finisher::number_groups() {
  const std::vector<bool> present = groups_with_rows();
  std::vector<std::uint32_t> number(group_names_.size(), kNoGroup);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (!present[i]) continue;
    number[i] = next;
    if (next != i) {
      group_names_[next] = std::move(group_names_[i]);
      facts_[next] = std::move(facts_[i]);
    }
    ++next;
  }
  group_names_.resize(next);
  for (Target& row : rows_) row.group.value = number[row.group.value];
  sort_unless_sorted(rows_, [](const Target& a, const Target& b) {
    return a.group != b.group ? a.group < b.group : by_address(a, b) < 0;
  });
}

std::vector<Group> Finisher::count_groups() {
  std::vector<Group> groups(group_names_.size());
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    Group& group = groups[rows_[i].group.value];
    const bool first_of_group = group.targets == 0;
    if (first_of_group) group.first = i;
    if (first_of_group || rows_[i].address != rows_[i - 1].address) ++group.addresses;
    ++group.targets;
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].name = std::move(group_names_[i]);
    groups[i].parent = std::move(facts_[i].parent);
    groups[i].note = std::move(facts_[i].note);
  }
  apply_notes(notes_, groups);
  return groups;
}

}  // namespace

Result<Inventory> finish_table(Draft draft, const LoadRequest& request) {
  return Finisher(std::move(draft)).run(request);
}

}  // namespace rollcall::inventory
