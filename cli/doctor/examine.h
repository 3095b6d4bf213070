// Runs all checks of `rollcall doctor`, the most important first.
//
// Threading: set-up only.
// Ownership: borrows the table for the call.
// Units:     probes per second.
// Errors:    every failure is a Check.
// Cost:      that of plan_routes() and prove_rst(), plus some 10 ms.
#pragma once

#include <vector>

#include "capture/pcap_source.h"
#include "cli/doctor/check.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::doctor {

struct ExamineRequest {
  const inventory::TargetTable* table = nullptr;  // null: no targets were named
  send::RouteRequest routes;
  bool raw_ip_only = false;   // the `ip` lane was chosen
  bool uring_wanted = false;  // the `io_uring` lane was chosen
  std::size_t ring_bytes = capture::kRingBytesDefault;
  PacketRate rate{20000};
  bool finds_rate = false;  // --rate auto: `rate` is only its start
};

std::vector<Check> examine(const ExamineRequest& request);

}  // namespace rollcall::doctor
