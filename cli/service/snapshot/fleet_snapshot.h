// FleetSnapshot is one immutable state of the whole watch, for the API, the metrics and the page.
//
// The service's thread makes a snapshot after each change and publishes it (snapshot_publisher.h).
// Readers keep the snapshot that they took for as long as they need it, and never wait.
//
// Threading: immutable once published, so shared freely.
// Ownership: owns everything, or shares parts that are immutable themselves.
// Units:     as named; wall time for display.
// Cost:      a snapshot copies 44 bytes per group, and 16 per target after a sweep changed them.
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

// The details that are shown of one target.
struct TargetDetail {
  std::uint32_t since_s = 0;  // Unix seconds of the latest change of state; 0: unknown
  std::uint32_t rtt_us = verdict::kNoRtt;
  // As in verdict::TargetProgress, of the newest sweep that probed it.
  std::uint32_t syn_evidence = 0;
  std::uint16_t connect_evidence = 0;
  watch::TargetState state = watch::TargetState::kNew;
  std::uint8_t unused = 0;
};
static_assert(sizeof(TargetDetail) == 16);

using Labels = std::map<std::string, std::string>;

// Data that depends on the inventory only. Keeps its table alive.
struct FleetFacts {
  explicit FleetFacts(std::shared_ptr<const inventory::TargetTable> of);

  std::shared_ptr<const inventory::TargetTable> table;
  std::vector<Labels> labels;  // by GroupIndex: labels that all targets of the group share
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
  std::uint64_t version = 0;  // counts snapshots, from 1
  // The version of the newest snapshot with another inventory, sweep, silence or note. ETags use
  // it.
  std::uint64_t content_version = 0;
  WallTime at{};
  WallTime started_at{};
  std::string site;
  std::string vantage;  // the host's name, if none is configured

  std::shared_ptr<const FleetFacts> facts;                          // never null
  std::shared_ptr<const std::vector<TargetDetail>> target_details;  // see targets()
  std::vector<watch::GroupStatus> groups;                           // by GroupIndex
  std::vector<verdict::GroupReport> reports;                 // of groups with a problem, ascending
  std::vector<bool> silenced;                                // by GroupIndex, at `at`
  std::array<std::uint32_t, watch::kTargetStates> counts{};  // targets by state
  std::vector<watch::Incident> incidents;                    // open
  std::vector<watch::Silence> silences;                      // not ended
  std::vector<watch::Note> notes;  // that operators set in the running watch
  std::vector<alert::ReceiverStatus> receivers;

  std::optional<watch::SweepSummary> last_sweep;
  sweep::PathFigures last_path;
  SweepTotals totals;
  bool is_sweeping = false;
  TimePoint next_sweep{};
  std::uint64_t missed_turns = 0;
  std::string sweep_problem;  // why the last sweep failed; "" when it did not
  // The service counts as ready until then: every target was in a sound sweep within two of its
  // intervals.
  TimePoint ready_until{};
  // Why the newest sweeps left targets unjudged; "" when they judged all.
  std::string degraded_reason;
  Duration interval{};        // between two sweeps of a target; the longest, if they differ
  Duration fleet_interval{};  // of targets without an interval of their own

  std::vector<SourceFigures> sources;
  std::vector<std::string> source_remarks;  // on what is in use, and what was left out
  std::string inventory_problem;            // why the newest inventory is not in use
  std::string config_problem;               // why the configuration file is not in use as it is
  std::vector<std::string> hanging;         // operations that do not return, such as a disk write
  std::string stuck;                        // threads that make no progress; "": all do
  std::string web_problem;                  // why HTTP is not served as configured
  std::vector<cli::Certificate> certificates;  // that the watch shows and trusts
  WallTime inventory_at{};                     // when the inventory in use was read
  std::string memory_problem;                  // why the history is not read yet
  std::uint64_t rows_waiting = 0;              // for the history, not written yet

  const inventory::TargetTable& table() const { return *facts->table; }
  // By TargetIndex, without canaries.
  std::span<const TargetDetail> targets() const { return *target_details; }
  bool is_ready(TimePoint now) const { return now < ready_until; }
  // Addresses that were probed, but none of whose targets in this group has ever answered.
  std::vector<AddressRange> never_answered(GroupIndex group) const;
  // nullptr: the group has no problem.
  const verdict::GroupReport* report_of(GroupIndex group) const;
};

using SnapshotPtr = std::shared_ptr<const FleetSnapshot>;

}  // namespace rollcall::web
