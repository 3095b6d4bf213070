// The doctor's quick checks, before a sweep sends anything: refuses where a sweep would do harm.
//
// Threading: set-up only, on the thread that sets up.
// Ownership: borrows table and plan for the call; returns values.
// Units:     none.
// Errors:    kPermission without cap_net_raw; kPath when targets sent SYN-ACKs and the
//            kernel's RST did not leave; both in the doctor's words and with its mend. kSystem
//            otherwise.
// Cost:      a round trip to the nearest of eight targets on each way, some 5 ms beside; at most
//            some 0.6 s a way when all of those are silent. See rst_proof.h for what it sends.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor/rst/rst_proof.h"

namespace rollcall::doctor {

// Requires: a plan of this table. Returns notes: what the user should know although the sweep goes
// on.
Result<std::vector<std::string>> preflight(const inventory::TargetTable& table,
                                           const send::RoutePlan& routes,
                                           const WireProofOptions& options);

}  // namespace rollcall::doctor
