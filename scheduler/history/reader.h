// Reads what a store wrote, also while it writes.
//
// Threading: one Reader a thread. It never blocks the store for long: each call is one short read
//            transaction.
// Ownership: results own everything.
// Units:     wall time; newest first where there are pages.
// Errors:    values: no file yet, unreadable rows, I/O, and what took longer than `patience`. An
//            error in one call says nothing of the next.
// Cost:      an index look-up and a page of rows; the connection is made again where the store has
//            begun a fresh file.
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

// Some sweeps in a row as one point of a picture, so that no peak among them is hidden.
struct SweepPoint {
  WallTime started_at{};  // of the first
  std::uint32_t sweeps = 0;
  Duration duration{};         // the longest
  double rate_pps = 0;         // the mean
  std::optional<double> loss;  // none: of none of them it is known
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
};

class Reader {
 public:
  // `patience` is for each call; none: as long as it takes.
  explicit Reader(const std::string& folder, std::optional<Duration> patience = std::nullopt);

  // For a restart: all of it, in no order where none is said. Unreadable rows are left out;
  // losses() tells of them. An error says that nothing is known: trying again may help, but not
  // kUsage.
  Result<void> check_schema();  // kUsage: a newer version's
  Result<std::vector<watch::TargetRecord>> target_states();
  Result<std::vector<watch::SuspicionRecord>> suspicions();
  Result<std::vector<watch::GroupRecord>> group_states();
  Result<std::vector<watch::Incident>> open_incidents();  // oldest first, at most 20,000
  Result<std::vector<watch::Silence>> silences_not_ended(WallTime now);
  Result<std::vector<watch::Note>> notes();
  Result<std::optional<StoredInventory>> inventory();
  // Pending, oldest first, at most kPageRowsMax after that id (0: from the start), with their ids.
  Result<std::vector<std::pair<std::int64_t, OutboxMessage>>> pending_messages(std::int64_t after);
  // The open incidents with an event that no silence kept from being sent.
  Result<std::vector<watch::NotifiedIncident>> announced_incidents();
  // Sentences on the rows that these calls had to leave out.
  std::vector<std::string> take_losses() { return std::exchange(losses_, {}); }

  // Those that were open at any time of the range, latest start first.
  Result<Page<watch::Incident>> incidents(const PageRequest& request);
  // Those of them that are about a group. There is no index for it: every row of the range is
  // looked at until the page is full.
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
  // The sweeps of a range as points to draw, oldest first: at most one for each of `points` parts
  // of equal length. Requires: the range is bounded, and points > 0. Reads every row of it.
  Result<std::vector<SweepPoint>> sweep_points(const TimeRange& range, std::uint32_t points);
  Result<Page<watch::GroupRollup>> rollups(const std::string& group, const PageRequest& request);
  Result<Page<watch::VerificationRecord>> verifications(const std::string& group,
                                                        const PageRequest& request);

 private:
  // All rows of a query through `read`, but for the unreadable ones.
  template <typename Read>
  auto read_all(const char* what, SQLite::Statement& statement, const Read& read);

  ReadConnection connection_;
  std::vector<std::string> losses_;
};

}  // namespace rollcall::history
