// What an incident says of its groups, in values and in words.
//
// Names and notes come from inventories and are kept as they are: who shows them makes them safe.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     addresses.
// Errors:    none.
// Cost:      one pass over the rows of the groups; for news only.
#pragma once

#include <map>
#include <string>

#include "scheduler/watch/events.h"
#include "scheduler/watch/incidents/correlate.h"

namespace rollcall::watch {

// Ranges of one incident that are listed; the last entry then says how many more there are.
inline constexpr std::size_t kRangesListedMax = 1000;

// The labels that all targets of a group share.
std::map<std::string, std::string> labels_of(const inventory::TargetTable& table, GroupIndex group);

// "web42@2026-...", "parent:rack7@2026-...", "fleet:fleet@2026-...".
IncidentId incident_id(IncidentScope scope, std::string_view subject, WallTime started_at);

// Fills what the figures tell: counts, ranges, sentence, note, labels. `incident` has its scope,
// subject, groups and trouble.
//
//   "partial: 217 of 254 answer; missing 10.0.42.218-10.0.42.254 (the last 37: nothing after .217
//    came up)"
void describe_group(Incident& incident, const FleetStatus& view, GroupIndex group);

//   "down: none of its 40 groups answers (10160 addresses)"
void describe_many(Incident& incident, const FleetStatus& view, std::span<const GroupIndex> groups);

// What cannot be judged:
//
//   "cannot judge 12 of 40 groups since 2026-01-05 03:10 UTC, because the gateway does not answer"
void describe_unjudged(Incident& incident, const FleetStatus& view,
                       std::span<const GroupIndex> groups);

//   "no target answers by way of it since 2026-01-05 03:10 UTC (120 targets); it answers itself"
void describe_silent_hop(Incident& incident, const SilentHop& hop);

//   "fails since 2026-01-05 03:10 UTC: HTTP status 502, not 200"
void describe_dependency(Incident& incident, const FailedDependency& dependency);

// What is over: `expected` addresses, all of them answer.
void describe_end(Incident& incident, std::uint32_t expected);

}  // namespace rollcall::watch
