// The configured receivers of alerts, ready to be told.
//
// Threading: set-up only, before there are threads.
// Ownership: returns what it made.
// Units:     none.
// Errors:    a URL that is none. A missing secret or program is none: the receiver is shown as
//            failing until it is there, and the watch runs.
// Cost:      reads the files of secrets.
#pragma once

#include <memory>
#include <vector>

#include "cli/config/config.h"
#include "scheduler/alert/announcer.h"
#include "scheduler/alert/receiver.h"

namespace rollcall::cli {

struct Receivers {
  std::vector<std::unique_ptr<alert::Receiver>> receivers;
  std::vector<alert::Recipient> recipients;  // the same, as the announcer knows them
};

// How often heartbeats are sent.
Duration repeat_interval(const AlertConfig& config);
// How often an Alertmanager hears again of all that fires: at most every 20 s, so that one that
// restarts without its state knows the open incidents soon, also if no delivery fell into its
// absence.
Duration state_interval(const AlertConfig& config);

// A warning for each file of a secret that others may read or change.
std::vector<std::string> exposed_secrets(const Config& config);

Result<Receivers> make_receivers(const AlertConfig& config);

}  // namespace rollcall::cli
