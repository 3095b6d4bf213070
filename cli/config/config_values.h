// The texts of a configuration as values: lengths of time, addresses, URLs, paths.
//
// Threading: pure functions.
// Ownership: return values.
// Units:     as the types.
// Errors:    kInput or kUsage; the context says what is wanted.
// Cost:      set-up only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/config/config.h"
#include "engine/base/error.h"

namespace rollcall::cli {

struct DurationLimits {
  Duration least{};
  Duration most = std::chrono::hours(24 * 7);
};

Result<Duration> duration_within(const std::string& text, const DurationLimits& limits);

// "192.0.2.1:22", "[2001:db8::1]:22".
Result<CanaryConfig> endpoint_in(const std::string& text);

// An address that only this host can reach.
bool is_loopback(const Address& address);

// One of the schemes, as "https", and a host; nothing that a browser would refuse.
Result<void> check_url(const std::string& text, const std::vector<std::string_view>& schemes);

// Of "Host.example:9750" or "[2001:db8::1]:9750": the name or address alone, in lower case.
std::string host_of(std::string_view authority);

// Scheme, host, perhaps a port and a path: all that links, paths and Host are compared with.
Result<ExternalUrl> external_url_in(std::string text);

// A service has no folder of its own that a relative path could start from.
Result<void> check_path(const std::string& text);

}  // namespace rollcall::cli
