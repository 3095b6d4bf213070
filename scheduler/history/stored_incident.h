// An incident's row. Its columns hold over its document: an incident may have ended unseen.
//
// Threading: pure.  Ownership: owns.  Units: wall time.  Errors: throws UnreadableRow.
// Cost:      parses the document.
#pragma once

#include "scheduler/history/sqlite/row.h"

namespace rollcall::history {

// Requires: the columns at hand are ended_at, document.
inline watch::Incident incident_in(Row& row) {
  const auto ended_at = row.time_or_none();
  auto incident = incident_from(row.text());
  if (!incident) throw UnreadableRow(incident.error().context);
  incident->ended_at = ended_at;
  return *std::move(incident);
}

}  // namespace rollcall::history
