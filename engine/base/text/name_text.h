// Normalises the names of groups, racks and labels, so that equal-looking names are equal bytes.
//
// A reader sees no difference between "web01" and "web01" followed by a no-break space. The same is
// true of an e with an accent as one code point and as two. Compared as bytes these are two groups,
// and each holds a part of the server. Each input therefore normalises its names (ADR 34).
//
// Threading: pure functions.
// Ownership: trimmed() borrows from its argument.
// Units:     bytes of UTF-8.
// Errors:    text that is not UTF-8 stays unchanged.
// Cost:      one pass without allocation for printable ASCII; else the tables of libutf8proc.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// The number of bytes of blanks and invisible characters, of any script, at the start of the text.
std::size_t blanks_before(std::string_view text);
// True when the first character that is not zero-width is a blank.
bool begins_with_blank(std::string_view text);
// Without blanks and invisible characters at both ends.
std::string_view trimmed(std::string_view text);

// Unicode normalisation form NFC (UAX #15), without zero-width and other invisible characters; each
// run of blanks is one space, and none is left at the ends.
void normalise_name(std::string& name);
std::string normal_name(std::string_view name);

// Equal for names that a reader may take for the same: they differ in case, in the kind of dash or
// blank, or in the width of letters. Letters of different scripts are not compared.
std::string look_alike_key(std::string_view name);

}  // namespace rollcall
