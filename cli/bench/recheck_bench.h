// How many full TCP connects a second this host makes, with as many in flight as rechecks use.
//
// Threading: the calling thread.
// Ownership: borrows connector and targets for the call.
// Units:     connects; milliseconds from start() to the result, to the grain of one poll; the rate
//            is of those connected, until the last of them: timeouts at the end are no part of it.
// Errors:    per connect, counted by outcome.
// Cost:      the given time, and at most one timeout more for what is under way at its end.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "cli/bench/report.h"
#include "engine/inventory/target_table.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::bench {

struct RecheckTrial {
  const inventory::TargetTable& table;  // asked in its order, round and round
  std::optional<Address> self;          // for targets of its family
  PacketRate rate;
  Duration time{};
  Duration timeout{};
  std::function<bool()> interrupted;
};

// Requires: a target, rate > 0, timeout > 0.
RecheckFigures measure_recheck(const RecheckTrial& trial, recheck::TcpConnector& connector,
                               const Clock& clock);

}  // namespace rollcall::bench
