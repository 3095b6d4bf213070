// Adds the options for how to send (rates, interface, source, lane), and makes a SweepRequest of
// them. All commands that send share these.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Units:     probes per second.
// Errors:    kUsage, with the option's name.
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

// The request for these options, with default attempts and rechecks.
Result<SweepRequest> sweep_request(const SendingOptions& options);

// The rate of first attempts; with --rate auto, the rate at which the search starts.
PacketRate rate_at_first(const SweepRequest& request, const inventory::TargetTable& table);
// The planned rate and its limit, for the progress line.
Pace pace_of(const SweepRequest& request, const inventory::TargetTable& table);
// Whether --rate auto searches for a higher rate. It does not if the group rate keeps the sweep
// below the start rate.
bool finds_its_rate(const SweepRequest& request, const inventory::TargetTable& table);

}  // namespace rollcall::cli
