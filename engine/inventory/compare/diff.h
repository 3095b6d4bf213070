// Computes the differences between two inventories, group by group.
//
// Threading: a pure function.
// Units:     addresses, as ranges.
// Cost:      one pass over the rows of both tables.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/inventory/ranges.h"
#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

// The services that are probed at one address: its ports and the expectation of each, in order.
using Services = std::vector<std::pair<Port, Expect>>;

// "80;443", "22 bound", "80;443, 22 bound".
std::string services_text(const Services& services);

// Addresses of the group whose services are the same.
struct ServiceGroup {
  Services services;
  Ranges addresses;
};
std::vector<ServiceGroup> services_of(const TargetTable& table, const Group& group);
Ranges addresses_of(const TargetTable& table, const Group& group);

struct ServiceChange {
  Services before;
  Services after;
  Ranges addresses;
};

struct TextChange {
  std::string before;
  std::string after;
  bool operator==(const TextChange&) const = default;
};

struct GroupDiff {
  std::string group;
  std::uint32_t addresses_before = 0;  // 0: the group is new
  std::uint32_t addresses_after = 0;   // 0: the group is gone
  Ranges added;
  Ranges removed;
  std::vector<ServiceChange> changed;
  TextChange parent;  // both alike: no change
  TextChange note;

  bool empty() const {
    return added.empty() && removed.empty() && changed.empty() && parent.before == parent.after &&
           note.before == note.after;
  }
};

struct InventoryDiff {
  std::vector<GroupDiff> groups;  // only those that differ, by name
  std::uint64_t groups_alike = 0;
};

InventoryDiff diff(const TargetTable& before, const TargetTable& after);

// The difference between an empty inventory and this one.
InventoryDiff diff_from_nothing(const TargetTable& after);

}  // namespace rollcall::inventory
