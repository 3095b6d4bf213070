#include "scheduler/history/sqlite/schema.h"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <array>

namespace rollcall::history {
namespace {

// Times are nanoseconds since the Unix epoch. States, scopes and changes are the words of
// watch/events.h, so that the file is readable in the sqlite3 shell. Never change a released step;
// add a new one below it.
constexpr const char* kFirstTables = R"sql(
CREATE TABLE transitions(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, grp TEXT NOT NULL, address TEXT NOT NULL,
  port INTEGER NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL,
  evidence TEXT NOT NULL) STRICT;
CREATE INDEX transitions_at ON transitions(at);
CREATE INDEX transitions_grp ON transitions(grp, at);
CREATE INDEX transitions_address ON transitions(address, at);

CREATE TABLE target_states(
  address TEXT NOT NULL, port INTEGER NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
  known_missing INTEGER NOT NULL, PRIMARY KEY(address, port)) STRICT, WITHOUT ROWID;

CREATE TABLE group_states(
  grp TEXT PRIMARY KEY, phase TEXT NOT NULL, after_reboot INTEGER NOT NULL,
  down_since INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE incidents(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started_at INTEGER NOT NULL,
  ended_at INTEGER, document TEXT NOT NULL) STRICT;
CREATE INDEX incidents_started ON incidents(started_at);
CREATE INDEX incidents_open ON incidents(started_at) WHERE ended_at IS NULL;

CREATE TABLE incident_events(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, incident TEXT NOT NULL, change TEXT NOT NULL,
  trouble TEXT NOT NULL, expected INTEGER NOT NULL, answering INTEGER NOT NULL,
  sentence TEXT NOT NULL) STRICT;
CREATE INDEX incident_events_at ON incident_events(at);
CREATE INDEX incident_events_incident ON incident_events(incident, at);

CREATE TABLE outbox(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL,
  subject TEXT NOT NULL, created_at INTEGER NOT NULL, payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, settled_at INTEGER, outcome TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX outbox_pending ON outbox(id) WHERE settled_at IS NULL;
CREATE INDEX outbox_settled ON outbox(settled_at);

CREATE TABLE sweeps(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, duration INTEGER NOT NULL,
  targets INTEGER NOT NULL, open INTEGER NOT NULL, closed INTEGER NOT NULL,
  missing INTEGER NOT NULL, unknown INTEGER NOT NULL, conclusive INTEGER NOT NULL,
  reason TEXT NOT NULL, rate_pps REAL NOT NULL, probes_sent INTEGER NOT NULL,
  replies INTEGER NOT NULL) STRICT;
CREATE INDEX sweeps_at ON sweeps(at);

CREATE TABLE rollups(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, grp TEXT NOT NULL, sweeps INTEGER NOT NULL,
  expected INTEGER NOT NULL, answering_min INTEGER NOT NULL, answering_mean REAL NOT NULL,
  UNIQUE(grp, at)) STRICT;
CREATE INDEX rollups_at ON rollups(at);

CREATE TABLE notes(
  grp TEXT PRIMARY KEY, text TEXT NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

CREATE TABLE silences(
  id TEXT PRIMARY KEY, groups TEXT NOT NULL, labels TEXT NOT NULL, starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX silences_ends ON silences(ends_at);

CREATE TABLE verifications(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, grp TEXT NOT NULL, author TEXT NOT NULL,
  passed INTEGER NOT NULL, expected INTEGER NOT NULL, answering INTEGER NOT NULL) STRICT;
CREATE INDEX verifications_at ON verifications(at);
CREATE INDEX verifications_grp ON verifications(grp, at);

CREATE TABLE inventory(
  one INTEGER PRIMARY KEY CHECK(one = 1), at INTEGER NOT NULL, hash TEXT NOT NULL,
  document BLOB NOT NULL) STRICT;

CREATE TABLE last_stamp(
  one INTEGER PRIMARY KEY CHECK(one = 1), writer INTEGER NOT NULL,
  sequence INTEGER NOT NULL) STRICT;
)sql";

// The silence that suppressed an event.
constexpr const char* kSilencedBy =
    "ALTER TABLE incident_events ADD COLUMN silenced_by TEXT NOT NULL DEFAULT ''";

// The loss on the path itself in a sweep; NULL in sweeps before this step.
constexpr const char* kLoss = "ALTER TABLE sweeps ADD COLUMN loss REAL";

// The time when a target left the inventory; NULL: it is listed.
constexpr const char* kLeftAt = "ALTER TABLE target_states ADD COLUMN left_at INTEGER";

// Current runs of failed sweeps, of targets that are not confirmed as missing yet.
constexpr const char* kSuspicions = R"sql(
CREATE TABLE suspicions(
  address TEXT NOT NULL, port INTEGER NOT NULL, failing_since INTEGER NOT NULL,
  silent_since INTEGER, judged_at INTEGER NOT NULL,
  PRIMARY KEY(address, port)) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, kSchemaVersion> kSteps{kFirstTables, kSilencedBy, kLoss, kLeftAt,
                                                         kSuspicions};

int version_of(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

}  // namespace

void migrate(SQLite::Database& database, int target) {
  for (int version = version_of(database); version < target; ++version) {
    SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(kSteps[static_cast<std::size_t>(version)]);
    database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    database.exec(fmt::format("PRAGMA user_version = {}", version + 1));
    step.commit();
  }
}

}  // namespace rollcall::history
