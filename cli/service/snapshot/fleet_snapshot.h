// One immutable picture of all that a watch holds to be true, for whoever shows it.
//
// The service's thread makes a picture after each change and publishes it (view_board.h); readers
// keep the one that they took for as long as they need it, and never wait.
//
// Threading: immutable once published, so shared freely.
// Ownership: owns everything, or shares what is immutable itself.
// Units:     as named; wall time for display.
// Errors:    none.
// Cost:      44 bytes a group are copied a picture, and 16 a target where a sweep changed them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/config/certificates.h"
#include "cli/service/snapshot/sweep_totals.h"
#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"
#include "scheduler/alert/outbox.h"
#include "scheduler/sweep/sweep_result.h"
#include "scheduler/verdict/target_verdict.h"
#include "scheduler/watch/watch.h"

namespace rollcall::web {

// What is shown of one target.
struct TargetDetail {
  std::uint32_t since_s = 0;  // Unix seconds of the latest change of state; 0: unknown
  std::uint32_t rtt_us = verdict::kNoRtt;
  // As in verdict::TargetProgress, of the newest sweep that asked it.
  std::uint32_t syn_evidence = 0;
  std::uint16_t connect_evidence = 0;
  watch::TargetState state = watch::TargetState::kNew;
  std::uint8_t unused = 0;
};
static_assert(sizeof(TargetDetail) == 16);

using Labels = std::map<std::string, std::string>;

// What follows from the inventory alone. Keeps its table alive.
struct FleetFacts {
  explicit FleetFacts(std::shared_ptr<const inventory::TargetTable> of);

  std::shared_ptr<const inventory::TargetTable> table;
  std::vector<Labels> labels;  // by GroupIndex: those that all targets of the group share
  std::unordered_map<std::string_view, GroupIndex> by_name;
  std::map<Labels::value_type, std::vector<GroupIndex>> by_label;
};

struct SourceFigures {
  std::string name;  // a file or a directory as configured, or a URL without its secrets
  std::uint64_t targets = 0;
  std::string problem;  // why its newest content is not in use; "": it is
  WallTime since{};     // of the problem
};

struct FleetSnapshot {
  std::uint64_t version = 0;  // counts pictures, from 1
  // The newest picture with another inventory, sweep, silence or note: what ETags are made of.
  std::uint64_t content_version = 0;
  WallTime at{};
  WallTime started_at{};
  std::string site;
  std::string vantage;  // the name of this host, where none is configured

  std::shared_ptr<const FleetFacts> facts;                          // never none
  std::shared_ptr<const std::vector<TargetDetail>> target_details;  // see targets()
  std::vector<watch::GroupStatus> groups;                           // by GroupIndex
  std::vector<verdict::GroupReport> reports;  // of groups with something wrong, ascending
  std::vector<bool> silenced;                 // by GroupIndex, at `at`
  std::array<std::uint32_t, watch::kTargetStates> counts{};  // targets by state
  std::vector<watch::Incident> incidents;                    // open
  std::vector<watch::Silence> silences;                      // not ended
  std::vector<watch::Note> notes;                            // that people gave the running watch
  std::vector<alert::ReceiverStatus> receivers;

  std::optional<watch::SweepSummary> last_sweep;
  sweep::PathFigures last_path;
  SweepTotals totals;
  bool is_sweeping = false;
  TimePoint next_sweep{};
  std::uint64_t missed_turns = 0;
  std::string sweep_problem;  // why the last sweep failed; "" when it did not
  // Until when the service counts as ready: until then every target was in a sound sweep within
  // two of its intervals.
  TimePoint ready_until{};
  // Why the newest sweeps did not judge all that they could ask; "" when they did.
  std::string degraded_reason;
  Duration interval{};        // between two sweeps of a target; the longest, where they differ
  Duration fleet_interval{};  // of targets for which nothing else is configured

  std::vector<SourceFigures> sources;
  std::vector<std::string> source_remarks;  // on what is in use, and what was left out
  std::string inventory_problem;            // why the inventory that was read last is not in use
  std::string config_problem;               // why the configuration's file is not in use as it is
  std::vector<std::string> hanging;         // what does not return, such as a write to the disk
  std::string stuck;                        // threads that make no progress; "": all do
  std::string web_problem;                  // why HTTP is not served as configured
  std::vector<cli::Certificate> certificates;  // that the watch shows and trusts
  WallTime inventory_at{};                     // when the one in use was taken
  std::string memory_problem;                  // why what was remembered is not known yet
  std::uint64_t rows_waiting = 0;              // that the history could not write yet

  const inventory::TargetTable& table() const { return *facts->table; }
  // By TargetIndex, without canaries.
  std::span<const TargetDetail> targets() const { return *target_details; }
  bool is_ready(TimePoint now) const { return now < ready_until; }
  // Of addresses none of whose targets in this group has ever answered, though it was asked.
  std::vector<AddressRange> never_answered(GroupIndex group) const;
  // None: nothing is wrong with the group.
  const verdict::GroupReport* report_of(GroupIndex group) const;
};

using SnapshotPtr = std::shared_ptr<const FleetSnapshot>;

}  // namespace rollcall::web
