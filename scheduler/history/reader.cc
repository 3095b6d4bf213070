#include "scheduler/history/reader.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

#include "scheduler/history/sqlite/content_hash.h"
#include "scheduler/history/sqlite/open_database.h"
#include "scheduler/history/sqlite/schema.h"
#include "scheduler/history/sqlite/select.h"
#include "scheduler/history/stored_incident.h"

namespace rollcall::history {
namespace {

watch::Silence silence_in(Row& row) {
  watch::Silence value;
  value.id = row.text();
  value.groups = nlohmann::json::parse(row.text());
  value.labels = nlohmann::json::parse(row.text());
  value.starts_at = row.time();
  value.ends_at = row.time();
  value.author = row.text();
  value.reason = row.text();
  return value;
}

int version_of(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

// A file of an older version lacks the column until it is migrated, which a full disk prevents.
std::string left_at_in(SQLite::Database& database) {
  return version_of(database) >= kSchemaWithLeftAt ? "left_at" : "NULL";
}

constexpr const char* kSilences =
    "SELECT id, groups, labels, starts_at, ends_at, author, reason FROM silences ";

}  // namespace

Reader::Reader(const std::string& folder, std::optional<Duration> patience)
    : connection_((std::filesystem::path(folder) / kFileName).string(), patience) {}

template <typename Read>
auto Reader::read_all(const char* what, SQLite::Statement& statement, const Read& read) {
  LostRows lost;
  auto rows = all_readable(statement, read, lost);
  if (lost.rows > 0) {
    losses_.push_back(fmt::format("{} of {} cannot be read and are left out (the first: {})",
                                  lost.rows == 1 ? "1 row" : fmt::format("{} rows", lost.rows),
                                  what, lost.why));
  }
  return rows;
}

Result<void> Reader::check_schema() {
  const auto version = connection_.read(version_of);
  if (!version) return std::unexpected(version.error());
  if (*version > kSchemaVersion) return std::unexpected(newer_schema(*version));
  return {};
}

Result<std::vector<watch::TargetRecord>> Reader::target_states() {
  return connection_.read([this](SQLite::Database& database) {
    SQLite::Statement statement(database,
                                fmt::format("SELECT address, port, state, since, known_missing, {} "
                                            "FROM target_states",
                                            left_at_in(database)));
    return read_all("target states", statement, [](Row& row) {
      watch::TargetRecord value;
      value.address = row.address();
      value.port = row.port();
      value.state = row.named(watch::target_state_from);
      value.since = row.time();
      value.is_known_missing = row.boolean();
      value.left_at = row.time_or_none();
      return value;
    });
  });
}

Result<std::vector<watch::SuspicionRecord>> Reader::suspicions() {
  return connection_.read([this](SQLite::Database& database) {
    std::vector<watch::SuspicionRecord> none;
    if (version_of(database) < kSchemaWithSuspicions) return none;
    SQLite::Statement statement(
        database, "SELECT address, port, failing_since, silent_since, judged_at FROM suspicions");
    return read_all("suspicions", statement, [](Row& row) {
      watch::SuspicionRecord value;
      value.address = row.address();
      value.port = row.port();
      value.failing_since = row.time();
      value.silent_since = row.time_or_none();
      value.judged_at = row.time();
      return value;
    });
  });
}

Result<std::vector<watch::GroupRecord>> Reader::group_states() {
  return connection_.read([this](SQLite::Database& database) {
    SQLite::Statement statement(database,
                                "SELECT grp, phase, after_reboot, down_since FROM group_states");
    return read_all("group states", statement, [](Row& row) {
      watch::GroupRecord value;
      value.group = row.text();
      value.phase = row.named(watch::group_phase_from);
      value.is_after_reboot = row.boolean();
      value.down_since = row.time();
      return value;
    });
  });
}

Result<std::vector<watch::Incident>> Reader::open_incidents() {
  return connection_.read([this](SQLite::Database& database) {
    SQLite::Statement statement(database,
                                "SELECT ended_at, document FROM incidents WHERE ended_at IS NULL "
                                "ORDER BY started_at LIMIT 20000");
    return read_all("open incidents", statement, incident_in);
  });
}

Result<std::vector<watch::Silence>> Reader::silences_not_ended(WallTime now) {
  return connection_.read([this, now](SQLite::Database& database) {
    SQLite::Statement statement(
        database, std::string(kSilences) + "WHERE ends_at > ? ORDER BY ends_at LIMIT 20000");
    statement.bind(1, to_column(now));
    return read_all("silences", statement, silence_in);
  });
}

Result<std::vector<watch::Silence>> Reader::silences_active(WallTime at) {
  return connection_.read([at](SQLite::Database& database) {
    SQLite::Statement statement(
        database, std::string(kSilences) +
                      "WHERE ends_at > ?1 AND starts_at <= ?1 ORDER BY ends_at LIMIT 20000");
    statement.bind(1, to_column(at));
    return all(statement, silence_in);
  });
}

Result<std::vector<watch::Note>> Reader::notes() {
  return connection_.read([this](SQLite::Database& database) {
    SQLite::Statement statement(database, "SELECT grp, text, author, at FROM notes ORDER BY grp");
    return read_all("notes", statement, [](Row& row) {
      watch::Note value;
      value.group = row.text();
      value.text = row.text();
      value.author = row.text();
      value.at = row.time();
      return value;
    });
  });
}

Result<std::optional<StoredInventory>> Reader::inventory() {
  return connection_.read([this](SQLite::Database& database) -> std::optional<StoredInventory> {
    SQLite::Statement statement(database, "SELECT at, hash, document FROM inventory");
    auto rows = read_all("inventories", statement, [](Row& row) {
      StoredInventory value;
      value.at = row.time();
      const std::string hash = row.text();
      value.text = row.text();
      if (content_hash(value.text) != hash)
        throw UnreadableRow("the inventory is not as it was written");
      return value;
    });
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  });
}

Result<std::vector<std::pair<std::int64_t, OutboxMessage>>> Reader::pending_messages(
    std::int64_t after) {
  return connection_.read([this, after](SQLite::Database& database) {
    SQLite::Statement statement(
        database,
        "SELECT id, key, receiver, subject, created_at, payload FROM outbox "
        "WHERE settled_at IS NULL AND id > ? ORDER BY id LIMIT ?");
    statement.bind(1, after);
    statement.bind(2, kPageRowsMax);
    return read_all("alerts to be sent", statement, [](Row& row) {
      std::pair<std::int64_t, OutboxMessage> value;
      value.first = row.integer();
      value.second.key = row.text();
      value.second.receiver = row.text();
      value.second.subject = row.text();
      value.second.created_at = row.time();
      value.second.payload = row.text();
      return value;
    });
  });
}

// An event without a silence proves that the incident was announced. If its newest event is
// silenced, that change is pending.
Result<std::vector<watch::NotifiedIncident>> Reader::announced_incidents() {
  return connection_.read([this](SQLite::Database& database) {
    SQLite::Statement statement(
        database,
        "SELECT name, (SELECT e.silenced_by <> '' FROM incident_events e WHERE e.incident = name "
        "ORDER BY e.id DESC LIMIT 1) FROM incidents WHERE ended_at IS NULL AND EXISTS "
        "(SELECT 1 FROM incident_events e WHERE e.incident = name AND e.silenced_by = '')");
    return read_all("announced incidents", statement, [](Row& row) {
      const watch::IncidentId id{row.text()};
      return watch::NotifiedIncident{id, row.boolean()};
    });
  });
}

}  // namespace rollcall::history
