// Reads the [alerts] tables of a configuration, and the kinds of values that other tables share.
//
// Threading: set-up only.
// Ownership: fill values of the caller.
// Errors:    into the section's list of diagnostics.
// Cost:      set-up only.
#pragma once

#include <string>
#include <vector>

#include "cli/config/config.h"
#include "cli/config/config_values.h"
#include "cli/config/toml_section.h"

namespace rollcall::cli {

void read_alerts(TomlSection& section, AlertConfig& alerts);

void read_duration(TomlSection& section, const char* key, const DurationLimits& limits,
                   Duration& value);
void read_path(TomlSection& section, const char* key, std::string& value);
void read_paths(TomlSection& section, const char* key, std::vector<std::string>& values);
void read_urls(TomlSection& section, const char* key, std::vector<std::string>& values);

}  // namespace rollcall::cli
