#include "scheduler/verdict/parent_verdict.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace rollcall::verdict {
namespace {

using inventory::TargetTable;

std::vector<bool> groups_down(const TargetTable& table, std::span<const GroupReport> reports) {
  std::vector<bool> is_down(table.groups().size(), false);
  for (const GroupReport& report : reports) {
    is_down[report.group.value] = report.verdict == GroupVerdict::kDown;
  }
  return is_down;
}

// Parents in the order of their first groups.
std::vector<ParentDown> parents_of(const TargetTable& table) {
  std::vector<ParentDown> parents;
  std::unordered_map<std::string_view, std::size_t> position;
  for (std::uint32_t i = 0; i < table.groups().size(); ++i) {
    const inventory::Group& group = table.groups()[i];
    if (group.parent.empty()) continue;
    const auto [it, is_new] = position.try_emplace(group.parent, parents.size());
    if (is_new) parents.push_back({.parent = group.parent, .groups = {}});
    parents[it->second].groups.push_back({i});
    parents[it->second].addresses += group.addresses;
  }
  return parents;
}

}  // namespace

std::vector<ParentDown> parents_down(const TargetTable& table,
                                     std::span<const GroupReport> groups_not_up) {
  const std::vector<bool> is_down = groups_down(table, groups_not_up);
  std::vector<ParentDown> parents = parents_of(table);
  std::erase_if(parents, [&](const ParentDown& parent) {
    return parent.groups.size() < 2 ||
           !std::ranges::all_of(parent.groups, [&](GroupIndex i) { return is_down[i.value]; });
  });
  return parents;
}

bool is_everything_down(const TargetTable& table, std::span<const GroupReport> groups_not_up) {
  return table.groups().size() > 1 &&
         std::ranges::all_of(groups_down(table, groups_not_up), std::identity());
}

}  // namespace rollcall::verdict
