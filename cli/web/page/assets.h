// The page's files as bytes of this binary: it needs no folder beside it, and works offline.
//
// Threading: constant data; any thread.
// Ownership: everything lives as long as the program.
// Units:     bytes.
// Errors:    none.
// Cost:      none; the bytes are read from the executable's own pages.
#pragma once

#include <span>
#include <string_view>

namespace rollcall::web {

struct Asset {
  std::string_view path;  // "/" or "/assets/NAME", as a request names it
  std::string_view content_type;
  std::string_view body;
  std::string_view etag;  // of the content, quoted as HTTP wants it
};

// Ascending by path.
std::span<const Asset> assets();

}  // namespace rollcall::web
