// The service's values as the JSON of its API, and what people send as values.
//
// Threading: pure functions.
// Ownership: return new values.
// Units:     seconds in fields that end in _s; times as RFC 3339 in UTC.
// Errors:    requests that make no sense are kUsage, with the field and the mend.
// Cost:      a status is a pass over the groups; ranges only of those that are not up.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "cli/watch/service.h"

namespace rollcall::cli {

using Json = nlohmann::ordered_json;

Json status_json(const ServiceView& view);
Json incidents_json(const std::vector<watch::Incident>& incidents);
Json silence_json(const watch::Silence& silence, WallTime now);
Json silences_json(const std::vector<watch::Silence>& silences, WallTime now);
Json receivers_json(const std::vector<alert::ReceiverStatus>& receivers);

// {"groups":["web42"],"labels":{"rack":"r7"},"start_in_s":0,"duration_s":3600,"author":"anna",
//  "reason":"kernel update"}
Result<watch::Silence> silence_from(const std::string& body, WallTime now);
// {"group":"web42","text":"...","author":"anna"}; an empty text removes the note.
Result<watch::Note> note_from(const std::string& body, WallTime now);
// {"group":"web42","by":"anna","passed":true,"expected":254,"answering":254}
Result<watch::Verification> verification_from(const std::string& body, WallTime now);

}  // namespace rollcall::cli
