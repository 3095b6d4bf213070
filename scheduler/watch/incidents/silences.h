// Whether a maintenance window keeps an incident from being told.
//
// A silence that names neither a group nor a label matches nobody: what would mute the whole fleet
// is never a slip of the pen.
//
// Threading: pure functions.
// Ownership: everything is borrowed for the call.
// Units:     wall time: windows are agreed upon by people.
// Errors:    none.
// Cost:      silences times groups of the incident.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "scheduler/watch/events.h"

namespace rollcall::watch {

using Labels = std::map<std::string, std::string>;

// Its groups and values of labels as the inventory holds them (name_text.h).
void normalise_names(Silence& silence);

// starts_at <= at < ends_at; once it has begun, until it ends.
bool is_active(const Silence& silence, WallTime at);

// The group is named, or every label of the silence is the group's; whatever the time.
bool matches(const Silence& silence, std::string_view group, const Labels& labels);

// The id of a silence that keeps the incident from being told at that time: every group that it is
// about is silenced, one of them by this. "": none.
std::string silenced_by(std::span<const Silence> silences, const Incident& incident, WallTime at);

}  // namespace rollcall::watch
