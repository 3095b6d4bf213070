// How patient a watch is.
//
// Threading: a plain value.
// Ownership: none.
// Units:     monotonic durations; shares from 0 to 1.
// Errors:    none; parse_config.h checks what users write.
// Cost:      none.
#pragma once

#include "engine/base/clock.h"

namespace rollcall::watch {

struct Settings {
  // What two failing sweeps must span, start to start, before a target counts as missing or closed.
  Duration confirm_span = std::chrono::seconds(15);
  // After the first address of a group that was down is back, how long the others may take.
  Duration settling = std::chrono::minutes(3);
  // So many hard changes within the window are flapping, until a whole window passes without one.
  unsigned flap_changes = 6;
  Duration flap_window = std::chrono::hours(1);
  // More than this share of all groups going down together is one incident of the fleet.
  double fleet_share = 0.5;
  // An address that is listed and has never answered counts as missing after this long, where other
  // addresses of its group answer; after the longer time where none of them ever did.
  Duration never_answered_after = std::chrono::minutes(10);
  Duration never_answered_alone_after = std::chrono::hours(1);

  bool operator==(const Settings&) const = default;
};

}  // namespace rollcall::watch
