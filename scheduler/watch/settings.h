// Settings for how long a watch waits before it reports a change.
//
// Units:     monotonic durations; shares from 0 to 1.
// Errors:    parse_config.h checks the values that users write.
#pragma once

#include "engine/base/clock.h"

namespace rollcall::watch {

struct Settings {
  // Two failing sweeps must start at least this far apart before a target counts as missing or
  // closed.
  Duration confirm_span = std::chrono::seconds(15);
  // How long the other addresses of a group may take, after the first one of a group that was down
  // is back.
  Duration settling = std::chrono::minutes(3);
  // This many hard changes within the window make a target or an incident flapping. It stays
  // flapping until a whole window passes without a change.
  unsigned flap_changes = 6;
  Duration flap_window = std::chrono::hours(1);
  // If more than this share of all groups goes down together, that is one incident of the fleet.
  double fleet_share = 0.5;
  // A listed address that has never answered counts as missing after this long, if other addresses
  // of its group answer. If no address of the group has answered, the longer time applies.
  Duration never_answered_after = std::chrono::minutes(10);
  Duration never_answered_alone_after = std::chrono::hours(1);

  bool operator==(const Settings&) const = default;
};

}  // namespace rollcall::watch
