// Holds the page's files inside the binary, so that the page needs no folder and works offline.
//
// Threading: constant data; any thread.
// Ownership: everything lives as long as the program.
// Units:     bytes.
// Cost:      the bytes are read from the executable's own pages.
#pragma once

#include <span>
#include <string_view>

namespace rollcall::web {

struct Asset {
  std::string_view path;  // "/" or "/assets/NAME", as in a request
  std::string_view content_type;
  std::string_view body;
  std::string_view etag;  // of the content, quoted as HTTP requires
};

// Ascending by path.
std::span<const Asset> assets();

}  // namespace rollcall::web
