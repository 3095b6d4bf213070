// Recognises text of a wrong format (HTML, XML, another separator) and says how to fix it.
//
// Threading: pure functions.
// Units:     a Diagnostic points at bytes of the given text.
// Cost:      reads the first line only.
#pragma once

#include <optional>
#include <string_view>

#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {

// HTML or XML, such as a login or error page that a server sent instead of the inventory.
std::optional<Diagnostic> markup_diagnostic(std::string_view text);

// The first line of a file that a spreadsheet or a database wrote with a separator other than the
// comma.
std::optional<Diagnostic> separator_diagnostic(std::string_view first_line);

}  // namespace rollcall::inventory
