#include "scheduler/history/sqlite/write_rows.h"

#include <nlohmann/json.hpp>

#include "engine/base/text/words.h"
#include "scheduler/history/sqlite/content_hash.h"
#include "scheduler/history/sqlite/row.h"

namespace rollcall::history {
namespace {

void write_transitions(SQLite::Database& database, const Batch& batch) {
  Insert insert(database,
                "INSERT INTO transitions(at, grp, address, port, from_state, to_state, evidence) "
                "VALUES(?, ?, ?, ?, ?, ?, ?)");
  for (const auto& row : batch.transitions) {
    insert.put(row.at, row.group, row.address, row.port, to_string(row.from), to_string(row.to),
               row.evidence);
  }
}

void write_target_states(SQLite::Database& database, const Batch& batch) {
  if (batch.complete) database.exec("DELETE FROM target_states");
  Insert insert(database,
                "INSERT INTO target_states(address, port, state, since, known_missing, left_at) "
                "VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, "
                "since = excluded.since, known_missing = excluded.known_missing, "
                "left_at = excluded.left_at");
  for (const auto& row : batch.target_states) {
    insert.put(row.address, row.port, to_string(row.state), row.since, row.is_known_missing,
               row.left_at);
  }
}

void write_suspicions(SQLite::Database& database, const Batch& batch) {
  if (!batch.suspicions) return;
  database.exec("DELETE FROM suspicions");
  Insert insert(database,
                "INSERT OR REPLACE INTO suspicions(address, port, failing_since, silent_since, "
                "judged_at) VALUES(?, ?, ?, ?, ?)");
  for (const auto& row : *batch.suspicions) {
    insert.put(row.address, row.port, row.failing_since, row.silent_since, row.judged_at);
  }
}

void write_group_states(SQLite::Database& database, const Batch& batch) {
  if (batch.complete) database.exec("DELETE FROM group_states");
  Insert removal(database, "DELETE FROM group_states WHERE grp = ?");
  Insert insert(database,
                "INSERT OR REPLACE INTO group_states(grp, phase, after_reboot, down_since) "
                "VALUES(?, ?, ?, ?)");
  for (const auto& row : batch.group_states) {
    if (row.phase == watch::GroupPhase::kNormal && !row.is_after_reboot) {
      removal.put(row.group);
    } else {
      insert.put(row.group, to_string(row.phase), row.is_after_reboot, row.down_since);
    }
  }
}

// An open incident that a complete batch does not contain ended while the store could not be
// written.
void end_open_incidents(SQLite::Database& database, WallTime at) {
  Insert(database, "UPDATE incidents SET ended_at = max(started_at, ?) WHERE ended_at IS NULL")
      .put(at);
}

void write_incidents(SQLite::Database& database, const Batch& batch) {
  if (batch.complete) end_open_incidents(database, batch.at);
  Insert upsert(database,
                "INSERT INTO incidents(name, started_at, ended_at, document) "
                "VALUES(?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET "
                "ended_at = excluded.ended_at, document = excluded.document");
  Insert event(database,
               "INSERT INTO incident_events(at, incident, change, trouble, expected, answering, "
               "sentence, silenced_by) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& row : batch.incident_events) {
    const watch::Incident& incident = row.incident;
    const std::string document = dump(to_json(incident));
    upsert.put(incident.id.value, incident.started_at, incident.ended_at, Whole{document});
    event.put(row.at, incident.id.value, to_string(row.change), to_string(incident.now),
              incident.expected, incident.answering, incident.sentence, row.silenced_by);
  }
}

void write_outbox(SQLite::Database& database, const Batch& batch) {
  Insert message(database,
                 "INSERT OR IGNORE INTO outbox(key, receiver, subject, created_at, payload) "
                 "VALUES(?, ?, ?, ?, ?)");
  for (const auto& row : batch.messages) {
    const std::string payload = clipped(row.payload, kPayloadBytesMax);
    message.put(row.key, row.receiver, row.subject, row.created_at, Whole{payload});
  }
  Insert delivery(database,
                  "UPDATE outbox SET settled_at = ?, attempts = ?, outcome = ? "
                  "WHERE key = ? AND settled_at IS NULL");
  for (const auto& row : batch.deliveries) {
    delivery.put(row.at, row.attempts, row.outcome, row.key);
  }
}

void write_sweeps(SQLite::Database& database, const Batch& batch) {
  Insert insert(database,
                "INSERT INTO sweeps(at, duration, targets, open, closed, missing, unknown, "
                "conclusive, reason, rate_pps, probes_sent, replies, loss) "
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& row : batch.sweeps) {
    insert.put(row.started_at, row.duration, row.targets, row.open, row.closed, row.missing,
               row.unknown, row.conclusive, row.reason, row.rate_pps, row.probes_sent, row.replies,
               row.loss);
  }
  Insert rollup(database,
                "INSERT INTO rollups(at, grp, sweeps, expected, answering_min, answering_mean) "
                "VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(grp, at) DO UPDATE SET "
                "answering_mean = (answering_mean * sweeps + "
                "  excluded.answering_mean * excluded.sweeps) / max(1, sweeps + excluded.sweeps), "
                // Keep the figures of the sweep with the lowest share of answering addresses.
                "answering_min = iif(expected = 0 OR excluded.answering_min * expected < "
                "  answering_min * excluded.expected, excluded.answering_min, answering_min), "
                "expected = iif(expected = 0 OR excluded.answering_min * expected < "
                "  answering_min * excluded.expected, excluded.expected, expected), "
                "sweeps = sweeps + excluded.sweeps");
  for (const auto& row : batch.rollups) {
    rollup.put(row.hour, row.group, row.sweeps, row.expected, row.answering_min,
               row.answering_mean);
  }
}

void write_words_of_people(SQLite::Database& database, const Batch& batch) {
  Insert removal(database, "DELETE FROM notes WHERE grp = ?");
  Insert note(database, "INSERT OR REPLACE INTO notes(grp, text, author, at) VALUES(?, ?, ?, ?)");
  for (const auto& row : batch.notes) {
    if (row.text.empty()) {
      removal.put(row.group);
    } else {
      note.put(row.group, row.text, row.author, row.at);
    }
  }
  Insert silence(database,
                 "INSERT OR REPLACE INTO silences(id, groups, labels, starts_at, ends_at, author, "
                 "reason) VALUES(?, ?, ?, ?, ?, ?, ?)");
  for (const auto& row : batch.silences) {
    const std::string groups = dump(row.groups);
    const std::string labels = dump(row.labels);
    silence.put(row.id, Whole{groups}, Whole{labels}, row.starts_at, row.ends_at, row.author,
                row.reason);
  }
  Insert verification(database,
                      "INSERT INTO verifications(at, grp, author, passed, expected, answering) "
                      "VALUES(?, ?, ?, ?, ?, ?)");
  for (const auto& row : batch.verifications) {
    verification.put(row.at, row.group, row.by, row.passed, row.expected, row.answering);
  }
}

void write_inventory(SQLite::Database& database, const StoredInventory& inventory) {
  // Do not write the same bytes again: they may be tens of megabytes.
  SQLite::Statement statement(database,
                              "INSERT INTO inventory(one, at, hash, document) VALUES(1, ?, ?, ?) "
                              "ON CONFLICT DO UPDATE SET at = excluded.at, hash = excluded.hash, "
                              "document = excluded.document WHERE hash != excluded.hash");
  statement.bind(1, to_column(inventory.at));
  statement.bind(2, content_hash(inventory.text));
  statement.bindNoCopy(3, inventory.text.data(), static_cast<int>(inventory.text.size()));
  statement.exec();
}

}  // namespace

void write_rows(SQLite::Database& database, const Batch& batch) {
  write_transitions(database, batch);
  write_target_states(database, batch);
  write_suspicions(database, batch);
  write_group_states(database, batch);
  write_incidents(database, batch);
  write_outbox(database, batch);
  write_sweeps(database, batch);
  write_words_of_people(database, batch);
  if (batch.inventory) write_inventory(database, *batch.inventory);
}

bool seen_before(SQLite::Database& database, const BatchStamp& stamp) {
  if (stamp.writer == 0) return false;
  Insert note(database,
              "INSERT INTO last_stamp(one, writer, sequence) VALUES(1, ?, ?) "
              "ON CONFLICT DO UPDATE SET writer = excluded.writer, sequence = excluded.sequence "
              "WHERE writer != excluded.writer OR sequence < excluded.sequence");
  return note.put(stamp.writer, stamp.sequence) == 0;
}

}  // namespace rollcall::history
