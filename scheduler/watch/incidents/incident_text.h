// Describes an incident: fills its counts, address ranges, labels and sentence.
//
// Names and notes come from inventories and are copied unchanged. The code that displays them must
// escape them.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     addresses.
// Cost:      one pass over the rows of the groups, only when an incident changes.
#pragma once

#include <map>
#include <string>

#include "scheduler/watch/events.h"
#include "scheduler/watch/incidents/correlate.h"

namespace rollcall::watch {

// An incident lists at most this many ranges; one more entry says how many are left out.
inline constexpr std::size_t kRangesListedMax = 1000;

// The labels that all targets of a group share.
std::map<std::string, std::string> labels_of(const inventory::TargetTable& table, GroupIndex group);

// "web42@2026-...", "parent:rack7@2026-...", "fleet:fleet@2026-...".
IncidentId incident_id(IncidentScope scope, std::string_view subject, WallTime started_at);

// Fills counts, ranges, sentence, note and labels.
// Requires: `incident` has its scope, subject, groups and trouble.
//
//   "partial: 217 of 254 answer; missing 10.0.42.218-10.0.42.254 (the last 37: nothing after .217
//    came up)"
void describe_group(Incident& incident, const FleetStatus& view, GroupIndex group);

// The same for an incident about several groups:
//
//   "down: none of the 40 groups answers (10160 addresses)"
void describe_many(Incident& incident, const FleetStatus& view, std::span<const GroupIndex> groups);

// The same for groups that no sound sweep judges:
//
//   "cannot judge 12 of 40 groups since 2026-01-05 03:10 UTC, because the gateway does not answer"
void describe_unjudged(Incident& incident, const FleetStatus& view,
                       std::span<const GroupIndex> groups);

// Writes since when no target behind the next hop answers, and whether the next hop itself answers:
//
//   "... since 2026-01-05 03:10 UTC (120 targets); it answers itself"
void describe_silent_hop(Incident& incident, const SilentHop& hop);

//   "fails since 2026-01-05 03:10 UTC: HTTP status 502, not 200"
void describe_dependency(Incident& incident, const FailedDependency& dependency);

// Describes an ended incident: all `expected` addresses answer.
void describe_end(Incident& incident, std::uint32_t expected);

}  // namespace rollcall::watch
