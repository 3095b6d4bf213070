// The options that say how to ask: rates, interface, source, lane. Shared by every command that
// sends.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Units:     probes per second.
// Errors:    kUsage, with the option's name.
// Cost:      none.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "cli/render/progress_line.h"
#include "cli/run/run_sweep.h"
#include "engine/base/error.h"

namespace rollcall::cli {

struct SendingOptions {
  std::string rate = "auto";
  std::string group_rate = "500";
  std::string interface;
  std::string source;
  unsigned capture_ring_mib = capture::kRingBytesDefault >> 20;
  LaneChoice lane = LaneChoice::kAuto;
  std::optional<std::uint64_t> seed;
};

void add_sending_options(CLI::App& command, SendingOptions& options);

// The request that they describe, with default attempts and rechecks.
Result<SweepRequest> sweep_request(const SendingOptions& options);

// The rate of first attempts, or where --rate auto begins to look for one.
PacketRate rate_at_first(const SweepRequest& request, const inventory::TargetTable& table);
// Whether it looks for a higher one: not where the group rate holds it below.
Pace pace_of(const SweepRequest& request, const inventory::TargetTable& table);
bool finds_its_rate(const SweepRequest& request, const inventory::TargetTable& table);

}  // namespace rollcall::cli
