// Text of another format, told in the words that help: what it is, and what to do.
//
// Threading: pure functions.
// Ownership: return new strings.
// Units:     a Flaw points at bytes of the given text.
// Errors:    this is them.
// Cost:      of the first line alone.
#pragma once

#include <optional>
#include <string_view>

#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

// HTML or XML, as the login or error page of a server that was to send an inventory.
std::optional<Diagnostic> markup_diagnostic(std::string_view text);

// The first line of a file that a spreadsheet or a database wrote with another separator than the
// comma.
std::optional<Diagnostic> separator_diagnostic(std::string_view first_line);

}  // namespace rollcall::inventory
