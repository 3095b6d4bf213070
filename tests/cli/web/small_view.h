// Builds fleet snapshots by hand: each row with its state, each group judged as by the watch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "tests/fakes/small_table.h"

namespace rollcall::web {

struct ShownRow {
  fakes::Row row;
  watch::TargetState state = watch::TargetState::kUp;
  std::uint32_t rtt_us = verdict::kNoRtt;
};

inline constexpr WallTime kViewAt{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
inline constexpr TimePoint kViewNow{std::chrono::hours(1)};

// Counts targets as if each had its own address.
inline watch::GroupStatus status_of(const FleetSnapshot& view, const inventory::Group& group) {
  watch::GroupStatus standing;
  for (const TargetDetail& target : view.targets().subspan(group.first, group.targets)) {
    switch (target.state) {
      case watch::TargetState::kMissing:
        ++standing.figures.missing;
        break;
      case watch::TargetState::kNeverAnswered:
        ++standing.figures.never_answered;
        break;
      case watch::TargetState::kClosed:
        ++standing.figures.services_failing;
        [[fallthrough]];
      default:
        ++standing.figures.answering;
    }
  }
  standing.figures.expected = standing.figures.answering + standing.figures.missing;
  if (standing.figures.all_missing()) {
    standing.trouble = watch::Trouble::kDown;
  } else if (standing.figures.missing > 0) {
    standing.trouble = watch::Trouble::kPartial;
  } else if (standing.figures.services_failing > 0) {
    standing.trouble = watch::Trouble::kServiceDown;
  }
  return standing;
}

// Rows are sorted by the table; states are found again by (address, port).
inline FleetSnapshot view_of(const std::vector<ShownRow>& rows) {
  std::vector<fakes::Row> plain;
  for (const ShownRow& shown : rows) plain.push_back(shown.row);
  const auto table = std::make_shared<const inventory::TargetTable>(fakes::table_of(plain));
  std::vector<TargetDetail> target_details(table->size());
  FleetSnapshot view;
  for (const ShownRow& shown : rows) {
    const auto target =
        table->find(Address::parse(shown.row.address).value(), Port{shown.row.port});
    target_details[target->value].state = shown.state;
    target_details[target->value].rtt_us = shown.rtt_us;
    ++view.counts[static_cast<std::size_t>(shown.state)];
  }
  view.version = 1;
  view.at = kViewAt;
  view.started_at = kViewAt - std::chrono::hours(1);
  view.inventory_at = view.started_at;
  view.ready_until = kViewNow + std::chrono::seconds(1);
  view.facts = std::make_shared<const FleetFacts>(table);
  view.target_details =
      std::make_shared<const std::vector<TargetDetail>>(std::move(target_details));
  for (const inventory::Group& group : table->groups()) {
    view.groups.push_back(status_of(view, group));
  }
  view.silenced.resize(view.groups.size());
  return view;
}

}  // namespace rollcall::web
