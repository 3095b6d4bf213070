// Runs the doctor's quick checks before a sweep, and refuses a sweep that would harm its targets.
//
// Threading: set-up only, on the thread that sets up.
// Ownership: borrows table and plan for the call.
// Errors:    kPermission without cap_net_raw. kPath if targets sent SYN-ACKs and the kernel's RST
//            did not leave. Both have the doctor's text and fix. kSystem otherwise.
// Cost:      for each egress a round trip to the nearest of eight targets, plus some 5 ms. If all
//            eight are silent, at most some 0.6 s for each egress. rst_proof.h says what it sends.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor/rst/rst_proof.h"

namespace rollcall::doctor {

// Requires: `routes` is a plan of this table. Returns notes for the user about problems that do not
// stop the sweep.
Result<std::vector<std::string>> preflight(const inventory::TargetTable& table,
                                           const send::RoutePlan& routes,
                                           const WireProofOptions& options);

}  // namespace rollcall::doctor
