// Parses the bodies of requests that change something into values.
//
// Threading: pure functions.
// Ownership: return new values.
// Units:     seconds in fields that end in _s.
// Errors:    invalid requests are kUsage, with the field and the fix.
// Cost:      parses the body once.
#pragma once

#include <string>

#include "engine/base/error.h"
#include "scheduler/watch/events.h"

namespace rollcall::web {

// {"groups":["web42"],"labels":{"rack":"r7"},"start_in_s":0,"duration_s":3600,"author":"anna",
//  "reason":"kernel update"}
Result<watch::Silence> silence_from(const std::string& body, WallTime now);
// {"group":"web42","text":"...","author":"anna"}; an empty text removes the note.
Result<watch::Note> note_from(const std::string& body, WallTime now);
// {"group":"web42","by":"anna","passed":true,"expected":254,"answering":254}
Result<watch::VerificationRecord> verification_from(const std::string& body, WallTime now);
// {"group":"web42"}; returns "" (the whole fleet) for {} and for an empty body.
Result<std::string> group_to_sweep_from(const std::string& body);

}  // namespace rollcall::web
