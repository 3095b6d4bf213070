// Measures how many full TCP connects this host makes in a second, with as many in flight as
// rechecks use.
//
// Threading: the calling thread.
// Ownership: borrows connector and targets for the call.
// Units:     connects; milliseconds from start() to the result, to the precision of one poll. The
//            rate counts established connections up to the last one, so that timeouts at the end
//            do not lower it.
// Errors:    for each connect, counted by outcome.
// Cost:      the given time, and at most one timeout more for connects in flight at its end.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "cli/bench/report.h"
#include "engine/inventory/target_table.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::bench {

struct RecheckTrial {
  const inventory::TargetTable& table;  // connected to in scan order, repeatedly
  std::optional<Address> self;          // source address, for targets of its family
  PacketRate rate;
  Duration time{};
  Duration timeout{};
  std::function<bool()> interrupted;
};

// Requires: a target, rate > 0, timeout > 0.
RecheckFigures measure_recheck(const RecheckTrial& trial, recheck::TcpConnector& connector,
                               const Clock& clock);

}  // namespace rollcall::bench
