#include "cli/service/snapshot/fleet_snapshot.h"

#include <algorithm>

#include "scheduler/verdict/group_pattern.h"
#include "scheduler/watch/incidents/incident_text.h"

namespace rollcall::web {

FleetFacts::FleetFacts(std::shared_ptr<const inventory::TargetTable> of) : table(std::move(of)) {
  const auto groups = table->groups();
  labels.reserve(groups.size());
  by_name.reserve(groups.size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    labels.push_back(watch::labels_of(*table, {i}));
    by_name.emplace(groups[i].name, GroupIndex{i});
    for (const auto& label : labels.back()) by_label[label].push_back({i});
  }
}

std::vector<AddressRange> FleetSnapshot::never_answered(GroupIndex group) const {
  std::vector<AddressRange> ranges;
  const inventory::Group& rows = table().group(group);
  const std::uint32_t end = rows.first + rows.targets;
  for (std::uint32_t first = rows.first, row = first; row < end; first = row) {
    const Address address = table()[{first}].address;
    bool never = false;
    bool ever = false;
    for (; row < end && table()[{row}].address == address; ++row) {
      using enum watch::TargetState;
      const watch::TargetState state = targets()[row].state;
      never |= state == kNeverAnswered;
      ever |= state != kNeverAnswered && state != kNew;
    }
    if (never && !ever) verdict::append_address(ranges, address);
  }
  return ranges;
}

const verdict::GroupReport* FleetSnapshot::report_of(GroupIndex group) const {
  const auto found = std::ranges::lower_bound(reports, group, {}, &verdict::GroupReport::group);
  return found != reports.end() && found->group == group ? &*found : nullptr;
}

}  // namespace rollcall::web
