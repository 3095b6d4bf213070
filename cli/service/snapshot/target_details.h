// What is shown of each target beside its state: since when, its evidence, its round trip.
//
// Threading: one thread.
// Ownership: owns 16 bytes a target.
// Units:     as TargetDetail.
// Errors:    none.
// Cost:      one pass over the targets of a sweep; a hash look-up each where it was a part of the
//            fleet.
#pragma once

#include <span>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "scheduler/watch/events.h"

namespace rollcall::cli {

class TargetDetails {
 public:
  void begin(const inventory::TargetTable& table) { target_details_.assign(table.size(), {}); }
  // After a restart: since when those targets are as they are that the watch holds to be so still.
  void restore(const watch::Watch& watch, std::span<const watch::TargetRecord> known);
  // Another inventory: targets are matched by (address, port).
  void adopt(const inventory::TargetTable& before, const inventory::TargetTable& now);

  // `swept` is the sweep's own table, of all or a part of `fleet`.
  void add(const inventory::TargetTable& fleet, const inventory::TargetTable& swept,
           std::span<const verdict::TargetProgress> states);
  void add(const inventory::TargetTable& fleet, std::span<const watch::Transition> transitions);

  // With the states that the watch holds.
  std::shared_ptr<const std::vector<web::TargetDetail>> as_seen_by(const watch::Watch& watch) const;

 private:
  std::vector<web::TargetDetail>
      target_details_;  // by TargetIndex of the fleet; without their state
};

}  // namespace rollcall::cli
