// A watch's status for people, and as an exit code.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     as in /api/v1/status, described by cli/web/api/openapi.json.
// Errors:    nlohmann's exceptions where the document is not what a watch sends.
// Cost:      for output only.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace rollcall::cli {

std::string text_of_status(const nlohmann::ordered_json& status);

// 0 all groups up, 1 some service closed, 2 addresses missing, 3 not known. What is missing is not
// hidden by what is not known.
int exit_code_of_status(const nlohmann::ordered_json& status);

}  // namespace rollcall::cli
