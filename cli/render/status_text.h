// Renders a watch's status as text, and converts it to an exit code.
//
// Threading: pure functions.
// Units:     as in /api/v1/status, described by cli/web/api/openapi.json.
// Errors:    exceptions of nlohmann::json if the document does not have the API's format.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace rollcall::cli {

std::string text_of_status(const nlohmann::ordered_json& status);

// 0 all groups up, 1 a service closed, 2 addresses missing, 3 not known. Missing addresses (2) take
// precedence over an unknown state (3).
int exit_code_of_status(const nlohmann::ordered_json& status);

}  // namespace rollcall::cli
