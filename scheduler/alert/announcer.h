// Decides what is told to whom: pure bookkeeping between incidents, silences and the outbox.
//
//   event ──> on_event() ──> Plan{the event as it is to be recorded, messages}
//   time  ──> on_tick()  ──> the same, for incidents whose silence is over
//   time  ──> repeats(), heartbeats() ──> messages that are sent again and again, and never stored
//
// Silences keep an incident from being announced; it is recorded all the same (its events carry the
// silence's id). If it is still open when no silence covers it any more, it is announced then. What
// was announced stays announced: in a silence its changes are held back, and the newest of them is
// told when the silence is over; its end is sent at once, and an Alertmanager goes on hearing that
// it fires: to fall silent would look like "resolved".
//
// Threading: one service thread.
// Ownership: keeps a copy of each open incident.
// Units:     wall time, given by the caller.
// Errors:    none.
// Cost:      a look at each silence an event; one at each open incident a tick.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "scheduler/alert/alert.h"

namespace rollcall::alert {

struct Recipient {
  std::string name;          // of its Receiver
  bool newest_only = false;  // as its Receiver says
  bool heartbeat = false;
};

struct AnnouncerOptions {
  std::string site;
  std::string vantage;
  std::vector<Recipient> recipients;
  std::string page;  // http.external_url; "": alerts link to nothing
  Duration ended_repeats_for = std::chrono::minutes(5);
};

struct Plan {
  watch::IncidentEvent event;  // for the history
  std::vector<history::OutboxMessage> messages;
};

class Announcer {
 public:
  explicit Announcer(AnnouncerOptions options) : options_(std::move(options)) {}

  // After a restart. `announced`: those of `open` that had been announced.
  void restore(std::vector<watch::Incident> open,
               std::span<const watch::NotifiedIncident> announced);

  // While it holds, nothing is told for the first time, as in a silence: the silences are not
  // known.
  void hold(bool holds) { is_on_hold_ = holds; }

  Plan on_event(watch::IncidentEvent event, std::span<const watch::Silence> silences);
  std::vector<Plan> on_tick(WallTime now, std::span<const watch::Silence> silences);

  // Of an open incident that reads otherwise, which is no news: the event to be recorded.
  watch::IncidentEvent amend(watch::Incident incident, WallTime now);

  // Events of each open incident, for a store that has lost them.
  std::vector<watch::IncidentEvent> restated(WallTime now) const;

  // For newest_only recipients: each announced incident's present state, and the heartbeat as one
  // state more. While the watch cannot judge there is no heartbeat: it says that all is well.
  std::vector<history::OutboxMessage> repeats(WallTime now, bool can_judge);
  // The heartbeat for all other recipients.
  std::vector<history::OutboxMessage> heartbeats(WallTime now, bool can_judge) const;

  history::OutboxMessage test_message(const Recipient& recipient, WallTime now) const;

 private:
  struct Known {
    watch::Incident incident;
    bool announced = false;
    bool is_pending = false;  // a change of it was held back since it was announced
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
  std::vector<watch::Incident> ended_;  // announced, and ended not long ago
};

}  // namespace rollcall::alert
