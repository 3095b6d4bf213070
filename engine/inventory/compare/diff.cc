#include "engine/inventory/compare/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "engine/inventory/import/merge.h"

namespace rollcall::inventory {
namespace {

// Calls visit(address, services) for each address of the group, in order.
void for_each_address(const TargetTable& table, const Group& group, auto&& visit) {
  const auto rows = table.rows(group);
  Services services;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    services.emplace_back(rows[i].port, rows[i].expect);
    if (i + 1 < rows.size() && rows[i + 1].address == rows[i].address) continue;
    visit(rows[i].address, services);
    services.clear();
  }
}

std::vector<ServiceChange> changes_of(const std::vector<ServiceGroup>& before,
                                      const std::vector<ServiceGroup>& after) {
  std::vector<ServiceChange> changes;
  for (const ServiceGroup& old : before) {
    for (const ServiceGroup& now : after) {
      if (old.services == now.services) continue;
      Ranges both = intersection(old.addresses, now.addresses);
      if (!both.empty()) changes.push_back({old.services, now.services, std::move(both)});
    }
  }
  return changes;
}

GroupDiff diff_of(const TargetTable& before, const Group& old, const TargetTable& after,
                  const Group& now) {
  const Ranges old_addresses = addresses_of(before, old);
  const Ranges new_addresses = addresses_of(after, now);
  return {now.name,
          old.addresses,
          now.addresses,
          difference(new_addresses, old_addresses),
          difference(old_addresses, new_addresses),
          changes_of(services_of(before, old), services_of(after, now)),
          {old.parent, now.parent},
          {old.note, now.note}};
}

GroupDiff added(const TargetTable& table, const Group& group) {
  return {group.name, 0,  group.addresses,    addresses_of(table, group),
          {},         {}, {"", group.parent}, {"", group.note}};
}

GroupDiff removed(const TargetTable& table, const Group& group) {
  return {group.name,         group.addresses, 0, {}, addresses_of(table, group), {},
          {group.parent, ""}, {group.note, ""}};
}

std::map<std::string_view, const Group*> by_name(const TargetTable& table) {
  std::map<std::string_view, const Group*> groups;
  for (const Group& group : table.groups()) groups.emplace(group.name, &group);
  return groups;
}

}  // namespace

std::string services_text(const Services& services) {
  std::string text;
  for (const Expect expect : {Expect::kOpen, Expect::kBound}) {
    std::vector<Port> ports;
    for (const auto& [port, expected] : services) {
      if (expected == expect) ports.push_back(port);
    }
    if (ports.empty()) continue;
    if (!text.empty()) text += ", ";
    // Port 0: the inventory names no port; the command line supplies it.
    text += ports.front().value == 0 ? "no port" : ports_text(ports);
    if (expect == Expect::kBound) text += " bound";
  }
  return text;
}

std::vector<ServiceGroup> services_of(const TargetTable& table, const Group& group) {
  std::map<Services, Ranges> by_services;
  for_each_address(table, group, [&](const Address& address, const Services& services) {
    append_address(by_services[services], address);
  });
  std::vector<ServiceGroup> all;
  all.reserve(by_services.size());
  for (auto& [services, addresses] : by_services) all.push_back({services, std::move(addresses)});
  return all;
}

Ranges addresses_of(const TargetTable& table, const Group& group) {
  Ranges ranges;
  for (const Target& row : table.rows(group)) append_address(ranges, row.address);
  return ranges;
}

InventoryDiff diff(const TargetTable& before, const TargetTable& after) {
  const auto old_groups = by_name(before);
  const auto new_groups = by_name(after);
  InventoryDiff result;
  for (const auto& [name, now] : new_groups) {
    const auto old = old_groups.find(name);
    GroupDiff group =
        old == old_groups.end() ? added(after, *now) : diff_of(before, *old->second, after, *now);
    if (group.empty()) {
      ++result.groups_alike;
    } else {
      result.groups.push_back(std::move(group));
    }
  }
  for (const auto& [name, old] : old_groups) {
    if (!new_groups.contains(name)) result.groups.push_back(removed(before, *old));
  }
  std::ranges::sort(result.groups, {}, &GroupDiff::group);
  return result;
}

InventoryDiff diff_from_nothing(const TargetTable& after) {
  InventoryDiff result;
  for (const auto& [name, group] : by_name(after)) result.groups.push_back(added(after, *group));
  return result;
}

}  // namespace rollcall::inventory
