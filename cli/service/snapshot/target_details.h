// TargetDetails keeps what is shown of each target beside its state: last change, evidence, round
// trip.
//
// Threading: one thread.
// Ownership: owns 16 bytes per target.
// Units:     as TargetDetail.
// Cost:      one pass over the targets of a sweep; plus one hash look-up each if it swept a part of
//            the fleet.
#pragma once

#include <span>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "scheduler/watch/events.h"

namespace rollcall::cli {

class TargetDetails {
 public:
  void begin(const inventory::TargetTable& table) { target_details_.assign(table.size(), {}); }
  // After a restart: restores the last change time of each target that still has its recorded
  // state.
  void restore(const watch::Watch& watch, std::span<const watch::TargetRecord> known);
  // Adopts another inventory: targets are matched by (address, port).
  void adopt(const inventory::TargetTable& before, const inventory::TargetTable& now);

  // `swept` is the sweep's own table, of all or a part of `fleet`.
  void add(const inventory::TargetTable& fleet, const inventory::TargetTable& swept,
           std::span<const verdict::TargetProgress> states);
  void add(const inventory::TargetTable& fleet, std::span<const watch::Transition> transitions);

  // The details with the states of the watch.
  std::shared_ptr<const std::vector<web::TargetDetail>> as_seen_by(const watch::Watch& watch) const;

 private:
  std::vector<web::TargetDetail> target_details_;  // by TargetIndex of the fleet; state unset
};

}  // namespace rollcall::cli
