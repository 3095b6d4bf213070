#include "scheduler/history/reader.h"
#include "scheduler/history/sqlite/select.h"
#include "scheduler/history/stored_incident.h"

namespace rollcall::history {
namespace {

watch::Transition transition_in(WallTime at, Row& row) {
  watch::Transition value{.at = at};
  value.group = row.text();
  value.address = row.address();
  value.port = row.port();
  value.from = row.named(watch::target_state_from);
  value.to = row.named(watch::target_state_from);
  value.evidence = row.text();
  return value;
}
constexpr const char* kTransitionColumns = "grp, address, port, from_state, to_state, evidence";

constexpr PageQuery kIncidents{.columns = "ended_at, document",
                               .table = "incidents",
                               .time = "started_at",
                               .from = "(ended_at IS NULL OR ended_at >= ?)"};

watch::Incident incident_of_page(WallTime, Row& row) {
  return incident_in(row);
}

}  // namespace

Result<Page<watch::Incident>> Reader::incidents(const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    return page(database, kIncidents, request, incident_of_page);
  });
}

Result<Page<watch::Incident>> Reader::incidents_of_group(const std::string& group,
                                                         const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    PageQuery query = kIncidents;
    query.where = "EXISTS (SELECT 1 FROM json_each(document, '$.groups') WHERE value = ?)";
    return page(database, query, request, incident_of_page, group);
  });
}

Result<std::optional<watch::Incident>> Reader::incident(const watch::IncidentId& id) {
  return connection_.read([&](SQLite::Database& database) -> std::optional<watch::Incident> {
    SQLite::Statement statement(database,
                                "SELECT ended_at, document FROM incidents WHERE name = ?");
    statement.bind(1, id.value);
    if (!statement.executeStep()) return std::nullopt;
    Row row(statement);
    return incident_in(row);
  });
}

Result<Page<IncidentEventRow>> Reader::incident_events(const watch::IncidentId& incident,
                                                       const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{
        .columns = "incident, change, trouble, expected, answering, sentence, silenced_by",
        .table = "incident_events",
        .where = "incident = ?"};
    const auto read = [](WallTime at, Row& row) {
      IncidentEventRow value{.at = at};
      value.incident.value = row.text();
      value.change = row.named(watch::incident_change_from);
      value.trouble = row.named(watch::trouble_from);
      value.expected = row.count();
      value.answering = row.count();
      value.sentence = row.text();
      value.silenced_by = row.text();
      return value;
    };
    return page(database, query, request, read, incident.value);
  });
}

Result<Page<watch::Transition>> Reader::transitions(const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{.columns = kTransitionColumns, .table = "transitions"};
    return page(database, query, request, transition_in);
  });
}

Result<Page<watch::Transition>> Reader::transitions_of_group(const std::string& group,
                                                             const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{
        .columns = kTransitionColumns, .table = "transitions", .where = "grp = ?"};
    return page(database, query, request, transition_in, group);
  });
}

Result<Page<watch::Transition>> Reader::transitions_of_address(const Address& address,
                                                               const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{
        .columns = kTransitionColumns, .table = "transitions", .where = "address = ?"};
    return page(database, query, request, transition_in, to_column(address));
  });
}

Result<Page<watch::SweepSummary>> Reader::sweeps(const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{.columns =
                              "duration, targets, open, closed, missing, unknown, "
                              "conclusive, reason, rate_pps, probes_sent, replies, loss",
                          .table = "sweeps"};
    const auto read = [](WallTime at, Row& row) {
      watch::SweepSummary value{.started_at = at};
      value.duration = Duration(row.integer());
      value.targets = row.count();
      value.open = row.count();
      value.closed = row.count();
      value.missing = row.count();
      value.unknown = row.count();
      value.conclusive = row.boolean();
      value.reason = row.text();
      value.rate_pps = row.real();
      value.probes_sent = row.total();
      value.replies = row.total();
      value.loss = row.real_or_none();
      return value;
    };
    return page(database, query, request, read);
  });
}

Result<Page<watch::GroupRollup>> Reader::rollups(const std::string& group,
                                                 const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{.columns = "grp, sweeps, expected, answering_min, answering_mean",
                          .table = "rollups",
                          .where = "grp = ?"};
    const auto read = [](WallTime at, Row& row) {
      watch::GroupRollup value{.hour = at};
      value.group = row.text();
      value.sweeps = row.count();
      value.expected = row.count();
      value.answering_min = row.count();
      value.answering_mean = row.real();
      return value;
    };
    return page(database, query, request, read, group);
  });
}

Result<Page<watch::VerificationRecord>> Reader::verifications(const std::string& group,
                                                              const PageRequest& request) {
  return connection_.read([&](SQLite::Database& database) {
    const PageQuery query{.columns = "grp, author, passed, expected, answering",
                          .table = "verifications",
                          .where = "grp = ?"};
    const auto read = [](WallTime at, Row& row) {
      watch::VerificationRecord value{.at = at};
      value.group = row.text();
      value.by = row.text();
      value.passed = row.boolean();
      value.expected = row.count();
      value.answering = row.count();
      return value;
    };
    return page(database, query, request, read, group);
  });
}

}  // namespace rollcall::history
