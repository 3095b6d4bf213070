#include "engine/inventory/compare/look_alikes.h"

#include <map>
#include <set>
#include <utility>

#include "engine/base/text/name_text.h"

namespace rollcall::inventory {
namespace {

void find(std::string_view what, const std::set<std::string_view>& names,
          std::vector<LookAlikes>& found) {
  std::map<std::string, std::vector<std::string>> by_key;
  for (const std::string_view name : names) by_key[look_alike_key(name)].emplace_back(name);
  for (auto& [key, alike] : by_key) {
    if (alike.size() > 1) found.push_back({what, std::move(alike)});
  }
}

}  // namespace

std::vector<LookAlikes> look_alikes(const TargetTable& table) {
  std::set<std::string_view> groups;
  std::set<std::string_view> parents;
  for (const Group& group : table.groups()) {
    groups.insert(group.name);
    parents.insert(group.parent);
  }
  std::vector<LookAlikes> found;
  find("groups", groups, found);
  find("parents", parents, found);
  return found;
}

}  // namespace rollcall::inventory
