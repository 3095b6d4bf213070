#include "engine/inventory/compare/summary.h"

#include <algorithm>
#include <utility>

namespace rollcall::inventory {
namespace {

using Hosted = std::pair<Address, GroupIndex>;

void find_overlaps(const TargetTable& table, Summary& summary) {
  std::vector<Hosted> hosted;
  hosted.reserve(table.size());
  for (const Target& row : table.rows()) hosted.emplace_back(row.address, row.group);
  std::ranges::sort(hosted);
  hosted.erase(std::ranges::unique(hosted).begin(), hosted.end());
  std::map<std::vector<GroupIndex>, Ranges> by_groups;
  for (auto first = hosted.begin(); first != hosted.end();) {
    auto last = first + 1;
    while (last != hosted.end() && last->first == first->first) ++last;
    if (last - first > 1) {
      std::vector<GroupIndex> groups;
      for (auto each = first; each != last; ++each) groups.push_back(each->second);
      append_address(by_groups[std::move(groups)], first->first);
    }
    first = last;
  }
  for (auto& [groups, addresses] : by_groups) {
    Overlap overlap{{}, std::move(addresses)};
    for (const GroupIndex group : groups) overlap.groups.push_back(table.group(group).name);
    summary.overlaps.push_back(std::move(overlap));
  }
  std::ranges::sort(summary.overlaps, {},
                    [](const Overlap& overlap) { return overlap.addresses.front().first; });
}

}  // namespace

Summary summary_of(const TargetTable& table) {
  Summary summary;
  for (const Target& row : table.rows()) {
    ++summary.ports[row.port.value];
    ++(row.expect == Expect::kOpen ? summary.open : summary.bound);
  }
  for (const Group& group : table.groups()) {
    if (group.parent.empty()) {
      ++summary.groups_without_parent;
    } else {
      ++summary.parents[group.parent];
    }
  }
  find_overlaps(table, summary);
  return summary;
}

}  // namespace rollcall::inventory
