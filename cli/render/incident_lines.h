// Incidents, groups and silences of a watch's answers as lines for people.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     as described by cli/web/api/openapi.json.
// Errors:    nlohmann's exceptions where a document is not what a watch sends.
// Cost:      for output only.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace rollcall::cli {

// Strings from outside are made printable.
std::string text_of(const nlohmann::ordered_json& object, const char* field);
// Without fractions of a second.
std::string time_of(const nlohmann::ordered_json& object, const char* field);
std::string joined_texts(const nlohmann::ordered_json& list, const char* separator);

std::string incident_lines(const nlohmann::ordered_json& incident);
std::string silence_line(const nlohmann::ordered_json& silence);
std::string group_lines(const nlohmann::ordered_json& group);

}  // namespace rollcall::cli
