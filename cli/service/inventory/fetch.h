// fetch() reads an inventory from a URL (http_sd, or any text that load.h reads).
//
// Threading: any thread; calls share nothing.
// Ownership: returns the text.
// Units:     bytes.
// Errors:    kInput, without the URL, which may hold a secret: no answer within 30 s, any status
//            but 200, too many bytes.
// Cost:      blocks for at most 30 s; returns within a second after `stop` or a terminating signal.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "engine/base/error.h"

namespace rollcall::cli {

// Follows no redirect; verifies certificates.
Result<std::string> fetch(const std::string& url, std::uint64_t bytes_max,
                          const std::stop_token& stop);

}  // namespace rollcall::cli
