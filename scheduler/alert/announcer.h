// Decides which incidents are sent to which receivers. It connects incidents, silences and the
// outbox, and does no I/O.
//
//   event ──> on_event() ──> Plan{the event for the history, messages}
//   time  ──> on_tick()  ──> the same, for incidents whose silence is over
//   time  ──> repeats(), heartbeats() ──> messages that are sent periodically, and never stored
//
// A silence suppresses the messages of an incident, but not its record: its events carry the
// silence's id. If the incident is still open when no silence covers it any more, it is announced
// then.
//
// An announced incident stays announced. During a silence its changes are suppressed; when the
// silence ends, the newest one is sent. Its end is sent at once. Repeats to an Alertmanager
// continue, because without them it would show the incident as "resolved".
//
// Threading: one service thread.
// Ownership: keeps a copy of each open incident.
// Units:     wall time, passed by the caller.
// Cost:      an event checks each silence; a tick checks each open incident.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "scheduler/alert/alert.h"

namespace rollcall::alert {

struct Recipient {
  std::string name;          // name of its Receiver
  bool newest_only = false;  // as in its ReceiverTraits
  bool heartbeat = false;
};

struct AnnouncerOptions {
  std::string site;
  std::string vantage;
  std::vector<Recipient> recipients;
  std::string page;  // http.external_url; "": alerts have no link
  Duration ended_repeats_for = std::chrono::minutes(5);
};

struct Plan {
  watch::IncidentEvent event;  // for the history
  std::vector<history::OutboxMessage> messages;
};

class Announcer {
 public:
  explicit Announcer(AnnouncerOptions options) : options_(std::move(options)) {}

  // Restores the open incidents after a restart. `announced`: the ones of `open` that were
  // announced.
  void restore(std::vector<watch::Incident> open,
               std::span<const watch::NotifiedIncident> announced);

  // While on hold, no incident is announced, as if silenced: the silences are not loaded yet (ADR
  // 33).
  void hold(bool holds) { is_on_hold_ = holds; }

  Plan on_event(watch::IncidentEvent event, std::span<const watch::Silence> silences);
  std::vector<Plan> on_tick(WallTime now, std::span<const watch::Silence> silences);

  // Updates an open incident without notifying; returns the event for the history.
  watch::IncidentEvent amend(watch::Incident incident, WallTime now);

  // Returns events for each open incident, for a store that has lost them.
  std::vector<watch::IncidentEvent> restated(WallTime now) const;

  // For newest_only recipients: the current state of each announced incident, and the heartbeat.
  // There is no heartbeat while the watch cannot judge, because the heartbeat means that all is
  // well.
  std::vector<history::OutboxMessage> repeats(WallTime now, bool can_judge);
  // The heartbeat for all other recipients.
  std::vector<history::OutboxMessage> heartbeats(WallTime now, bool can_judge) const;

  history::OutboxMessage test_message(const Recipient& recipient, WallTime now) const;

 private:
  struct Known {
    watch::Incident incident;
    bool announced = false;
    bool is_pending = false;  // a silence suppressed its newest change
    std::string silenced_by;  // the last silence that covered it
  };

  watch::IncidentEvent restated(const Known& known, WallTime now) const;
  std::vector<history::OutboxMessage> for_all(const watch::IncidentEvent& event) const;
  bool goes_on(const watch::Incident& incident) const;
  Alert heartbeat(WallTime now) const;
  Alert alert_of(const watch::IncidentEvent& event) const;
  std::string page_of(const watch::Incident& incident) const;

  AnnouncerOptions options_;
  std::map<watch::IncidentId, Known> open_;
  bool is_on_hold_ = false;
  std::vector<watch::Incident> ended_;  // announced, and ended within ended_repeats_for
};

}  // namespace rollcall::alert
