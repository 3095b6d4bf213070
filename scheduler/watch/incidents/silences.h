// Decides whether a maintenance window (a silence) suppresses an incident.
//
// A silence that names neither a group nor a label matches no group. So a silence that was left
// empty by mistake cannot mute the whole fleet.
//
// Threading: pure functions.
// Ownership: everything is borrowed for the call.
// Units:     wall time, because people agree on maintenance windows by the clock.
// Cost:      silences times groups of the incident.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "scheduler/watch/events.h"

namespace rollcall::watch {

using Labels = std::map<std::string, std::string>;

// Normalises the names of its groups and its label values as the inventory does (name_text.h).
void normalise_names(Silence& silence);

// True if starts_at <= at < ends_at. A silence that has begun stays active until it ends.
bool is_active(const Silence& silence, WallTime at);

// True if the silence names the group, or if the group has every label of the silence. Ignores
// time.
bool matches(const Silence& silence, std::string_view group, const Labels& labels);

// Returns the id of a silence that suppresses the incident at `at`, or "". An incident is
// suppressed when every group that it is about is silenced; the id is that of the first group's
// silence.
std::string silenced_by(std::span<const Silence> silences, const Incident& incident, WallTime at);

}  // namespace rollcall::watch
