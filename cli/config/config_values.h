// Parses the texts of a configuration: durations, addresses, URLs, paths.
//
// Threading: pure functions.
// Ownership: return values.
// Errors:    kInput or kUsage; the context says which text is valid.
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

// Requires one of the schemes, as "https", and a host; no user name, and no character that a
// browser would refuse.
Result<void> check_url(const std::string& text, const std::vector<std::string_view>& schemes);

// The name or address in "Host.example:9750" or "[2001:db8::1]:9750", in lower case.
std::string host_of(std::string_view authority);

// Requires scheme and host; port and path are optional. Links, paths and the Host field are
// compared with it.
Result<ExternalUrl> external_url_in(std::string text);

// Requires an absolute path: a service has no working directory for a relative one.
Result<void> check_path(const std::string& text);

}  // namespace rollcall::cli
