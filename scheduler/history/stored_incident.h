// Reads an incident from its row.
//
// The column ended_at takes precedence over the JSON document: an incident may have ended while the
// store could not be written.
//
// Threading: pure.
// Units:     wall time.
// Errors:    throws UnreadableRow.
// Cost:      parses the document.
#pragma once

#include "scheduler/history/sqlite/row.h"

namespace rollcall::history {

// Requires: the next columns are ended_at, document.
inline watch::Incident incident_in(Row& row) {
  const auto ended_at = row.time_or_none();
  auto incident = incident_from(row.text());
  if (!incident) throw UnreadableRow(incident.error().context);
  incident->ended_at = ended_at;
  return *std::move(incident);
}

}  // namespace rollcall::history
