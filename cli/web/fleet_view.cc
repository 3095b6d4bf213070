#include "cli/web/fleet_view.h"

#include <algorithm>

#include "scheduler/watch/incident_text.h"

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

const verdict::GroupReport* FleetView::report_of(GroupIndex group) const {
  const auto found = std::ranges::lower_bound(reports, group, {}, &verdict::GroupReport::group);
  return found != reports.end() && found->group == group ? &*found : nullptr;
}

}  // namespace rollcall::web
