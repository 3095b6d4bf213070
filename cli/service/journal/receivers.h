// Creates the configured receivers of alerts.
//
// Threading: set-up only, before there are threads.
// Ownership: returns what it created.
// Errors:    an invalid URL. A missing secret or program is no error: the receiver is shown as
//            failing until the file exists, and the watch runs.
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
  std::vector<alert::Recipient> recipients;  // the same, for the announcer
};

// How often heartbeats are sent.
Duration repeat_interval(const AlertConfig& config);
// How often an Alertmanager receives all firing alerts again: at least every 20 s. An Alertmanager
// that restarts without its state so learns the open incidents soon, even if no delivery fell into
// its absence.
Duration state_interval(const AlertConfig& config);

// A warning for each secret file that other users may read or change.
std::vector<std::string> exposed_secrets(const Config& config);

Result<Receivers> make_receivers(const AlertConfig& config);

}  // namespace rollcall::cli
