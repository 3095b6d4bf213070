// Reads the history, also while a store writes it.
//
// Threading: one Reader a thread. It never blocks the store for long: each call is one short read
//            transaction.
// Ownership: results own everything.
// Units:     wall time; pages are newest first.
// Errors:    values: no file yet, unreadable rows, I/O, and a read that took longer than
//            `patience`. The next call may succeed after an error.
// Cost:      an index look-up and a page of rows. If the store has created a new file, the next
//            call reconnects.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/history/batch.h"
#include "scheduler/history/page.h"
#include "scheduler/history/sqlite/read_connection.h"

namespace rollcall::history {

struct IncidentEventRow {
  WallTime at{};
  watch::IncidentId incident;
  watch::IncidentChange change = watch::IncidentChange::kOpened;
  watch::Trouble trouble = watch::Trouble::kPartial;
  std::uint32_t expected = 0;
  std::uint32_t answering = 0;
  std::string sentence;
  std::string silenced_by;
};

// Several consecutive sweeps as one point of a chart; the maxima keep every peak visible.
struct SweepPoint {
  WallTime started_at{};  // of the first sweep
  std::uint32_t sweeps = 0;
  Duration duration{};         // the longest
  double rate_pps = 0;         // the mean
  std::optional<double> loss;  // the maximum; nullopt: no sweep of this point recorded it
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
};

class Reader {
 public:
  // `patience` limits each call; nullopt: no limit.
  explicit Reader(const std::string& folder, std::optional<Duration> patience = std::nullopt);

  // For a restart: all rows, unordered unless noted. Unreadable rows are left out; take_losses()
  // reports them. After an error the state is unknown, not empty: a retry may help, except after
  // kUsage.
  Result<void> check_schema();  // kUsage: a newer version wrote the file
  Result<std::vector<watch::TargetRecord>> target_states();
  Result<std::vector<watch::SuspicionRecord>> suspicions();
  Result<std::vector<watch::GroupRecord>> group_states();
  Result<std::vector<watch::Incident>> open_incidents();  // oldest first, at most 20,000
  Result<std::vector<watch::Silence>> silences_not_ended(WallTime now);
  Result<std::vector<watch::Note>> notes();
  Result<std::optional<StoredInventory>> inventory();
  // Pending messages with an id above `after` (0: from the start), and their ids. Oldest first, at
  // most kPageRowsMax.
  Result<std::vector<std::pair<std::int64_t, OutboxMessage>>> pending_messages(std::int64_t after);
  // The open incidents with at least one event that no silence suppressed.
  Result<std::vector<watch::NotifiedIncident>> announced_incidents();
  // Sentences about the rows that these calls left out.
  std::vector<std::string> take_losses() { return std::exchange(losses_, {}); }

  // Incidents that were open at any time of the range, latest start first.
  Result<Page<watch::Incident>> incidents(const PageRequest& request);
  // The same, only incidents about a group. No index helps: the query reads every row of the range
  // until the page is full.
  Result<Page<watch::Incident>> incidents_of_group(const std::string& group,
                                                   const PageRequest& request);
  Result<std::optional<watch::Incident>> incident(const watch::IncidentId& id);
  Result<Page<IncidentEventRow>> incident_events(const watch::IncidentId& incident,
                                                 const PageRequest& request);
  Result<Page<watch::Transition>> transitions(const PageRequest& request);
  Result<Page<watch::Transition>> transitions_of_group(const std::string& group,
                                                       const PageRequest& request);
  Result<Page<watch::Transition>> transitions_of_address(const Address& address,
                                                         const PageRequest& request);
  Result<std::vector<watch::Silence>> silences_active(WallTime at);
  Result<Page<watch::SweepSummary>> sweeps(const PageRequest& request);
  // The sweeps of a range as points of a chart, oldest first. There is at most one point for each
  // of `points` equal parts of the range. Reads every row of the range.
  // Requires: the range is bounded, and points > 0.
  Result<std::vector<SweepPoint>> sweep_points(const TimeRange& range, std::uint32_t points);
  Result<Page<watch::GroupRollup>> rollups(const std::string& group, const PageRequest& request);
  Result<Page<watch::VerificationRecord>> verifications(const std::string& group,
                                                        const PageRequest& request);

 private:
  // Reads all rows of a query with `read`, except unreadable ones.
  template <typename Read>
  auto read_all(const char* what, SQLite::Statement& statement, const Read& read);

  ReadConnection connection_;
  std::vector<std::string> losses_;
};

}  // namespace rollcall::history
