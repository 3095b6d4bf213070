// Every check of this host, in the order in which a person would ask.
//
// Threading: set-up only.
// Ownership: borrows the table for the call.
// Units:     probes per second.
// Errors:    none: whatever fails is a finding.
// Cost:      that of plan_routes() and prove_rst(); some 10 ms beside.
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
  bool finds_rate = false;  // --rate auto: that is only where it begins
};

std::vector<Check> examine(const ExamineRequest& request);

}  // namespace rollcall::doctor
