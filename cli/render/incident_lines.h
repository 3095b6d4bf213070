// Renders incidents, groups and silences from a watch's API answers as lines of text.
//
// Threading: pure functions.
// Units:     as described by cli/web/api/openapi.json.
// Errors:    exceptions of nlohmann::json if a document does not have the API's format.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace rollcall::cli {

// The value of a field, made printable.
std::string text_of(const nlohmann::ordered_json& object, const char* field);
// The time in a field, without fractions of a second.
std::string time_of(const nlohmann::ordered_json& object, const char* field);
std::string joined_texts(const nlohmann::ordered_json& list, const char* separator);

std::string incident_lines(const nlohmann::ordered_json& incident);
std::string silence_line(const nlohmann::ordered_json& silence);
std::string group_lines(const nlohmann::ordered_json& group);

}  // namespace rollcall::cli
