// Value types for what a watch reports: states, incidents, silences and sweep summaries. The
// history stores them, the alerts send them, and the web server shows them.
//
// Ownership: own everything.
// Units:     wall time, for display and storage; verdicts use the monotonic clock.
// Cost:      strings; only changes become values of these types, never single probes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/clock.h"
#include "engine/base/units.h"

namespace rollcall::watch {

// The state of a target, as a watch decides it over several sweeps.
enum class TargetState : std::uint8_t {
  kNew,            // not yet judged
  kUp,             // answers as expected
  kClosed,         // the address answers, but its service does not listen on the expected port
  kSuspect,        // failed a sweep; not yet long enough, or not yet confirmed
  kMissing,        // silent or unreachable, confirmed
  kNeverAnswered,  // never answered since it was listed; an incident when its grace period is over
};
inline constexpr std::size_t kTargetStates = 6;

// "new", "up", "closed", "suspect", "missing", "never-answered".
std::string_view to_string(TargetState state);
std::optional<TargetState> target_state_from(std::string_view name);

struct Transition {
  WallTime at{};
  std::string group;
  Address address;
  Port port;
  TargetState from = TargetState::kNew;
  TargetState to = TargetState::kNew;
  std::string evidence;  // "syn:timeout syn:timeout connect:timeout", or "" when unknown
};

// The part of a target's state that the history keeps for a restart.
struct TargetRecord {
  Address address;
  Port port;
  TargetState state = TargetState::kNew;
  WallTime since{};
  bool is_known_missing = false;    // was missing long before its group went down
  std::optional<WallTime> left_at;  // when it left the inventory; nullopt: it is listed
};

// Why a target is a suspect: see PersistedSuspicion in persisted_state.h.
struct SuspicionRecord {
  Address address;
  Port port;
  WallTime failing_since{};
  std::optional<WallTime> silent_since;
  WallTime judged_at{};
};

// How far a group's reboot has come: see group_watch.h.
enum class GroupPhase : std::uint8_t { kNormal, kDown, kSettling };
std::string_view to_string(GroupPhase phase);  // "normal", "down", "settling"
std::optional<GroupPhase> group_phase_from(std::string_view name);

// The part of a group's state that the history keeps for a restart. A group in kNormal that has not
// rebooted needs no record.
struct GroupRecord {
  std::string group;
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  WallTime down_since{};  // unless kNormal
};

// The kind of failure of an incident's subject, worst last. An incident keeps its worst trouble.
enum class Trouble : std::uint8_t {
  kFailing,      // only for a dependency of the watch, never for a group
  kCannotJudge,  // no sound sweep has judged part of it for longer than two intervals
  kUnstable,     // fails in a share of the sweeps, never long enough to be missing
  kServiceDown,
  kPartial,
  kPartialAfterReboot,
  kDown
};
inline constexpr std::size_t kTroubles = 7;
// "failing", "cannot_judge", "unstable", "service_down", "partial", "partial_after_reboot", "down".
std::string_view to_string(Trouble trouble);
std::optional<Trouble> trouble_from(std::string_view name);

// The subject of an incident. kVantage: this host cannot judge most groups. kNextHop: no target
// answers behind a next hop. kDependency: something that the watch needs fails, such as an
// inventory source, a receiver, its HTTP server or a certificate.
enum class IncidentScope : std::uint8_t {
  kGroup,
  kParent,
  kFleet,
  kVantage,
  kNextHop,
  kDependency
};
inline constexpr std::size_t kIncidentScopes = 6;
// "group", "parent", "fleet", "vantage", "next_hop", "dependency".
std::string_view to_string(IncidentScope scope);
std::optional<IncidentScope> incident_scope_from(std::string_view name);

struct IncidentId {
  std::string value;  // never reused: subject and start, "web42@2026-01-05T08:00:00.123Z"
  auto operator<=>(const IncidentId&) const = default;
};

struct Incident {
  IncidentId id;
  IncidentScope scope = IncidentScope::kGroup;
  std::string subject;              // name of the group or the parent; "fleet"
  std::vector<std::string> groups;  // every group that it is about; one for kGroup
  WallTime started_at{};
  std::optional<WallTime> ended_at;
  Trouble worst = Trouble::kPartial;
  Trouble now = Trouble::kPartial;
  bool flapping = false;
  std::uint32_t expected = 0;  // addresses
  std::uint32_t answering = 0;
  std::uint32_t never_answered = 0;  // missing addresses that have never answered
  std::vector<std::string> missing;  // ranges, as in "10.0.42.218-10.0.42.254"
  std::vector<std::string> closed;
  std::string sentence;  // a summary for people
  std::string note;      // the group's note
  // The group's labels; with several groups, the labels that all share.
  std::map<std::string, std::string> labels;
  // Names given by `verify --by` during it; "NAME (not passed)"
  std::vector<std::string> verified_by;
  IncidentId absorbed_by;  // the incident that it was merged into, where it continues; "" if none
};

enum class IncidentChange : std::uint8_t { kOpened, kChanged, kEnded };
std::string_view to_string(IncidentChange change);  // "opened", "changed", "ended"
std::optional<IncidentChange> incident_change_from(std::string_view name);

struct IncidentEvent {
  IncidentChange change = IncidentChange::kOpened;
  WallTime at{};
  Incident incident;        // after the change
  std::string silenced_by;  // id of the silence that suppresses it; "": none
};

// An open incident that was sent to receivers.
struct NotifiedIncident {
  IncidentId id;
  bool is_pending = false;  // a silence suppressed its newest change
};

// A dependency of the watch that has failed for long enough to be an incident.
struct FailedDependency {
  std::string name;  // "inventory source /etc/rollcall/fleet.csv"
  std::string why;
  WallTime since{};
};

// A maintenance window. A group is silenced when its name is in `groups` or all `labels` match.
struct Silence {
  std::string id;  // unique; the code that stores it assigns it
  std::vector<std::string> groups;
  std::map<std::string, std::string> labels;
  WallTime starts_at{};
  WallTime ends_at{};
  std::string author;
  std::string reason;
  bool has_begun = false;  // was active once; setting the clock back does not undo that
};

struct VerificationRecord {
  WallTime at{};
  std::string group;
  std::string by;
  bool passed = false;
  std::uint32_t expected = 0;
  std::uint32_t answering = 0;
};

struct SweepSummary {
  WallTime started_at{};
  Duration duration{};
  std::uint32_t targets = 0;
  std::uint32_t open = 0;
  std::uint32_t closed = 0;
  std::uint32_t missing = 0;
  std::uint32_t unknown = 0;
  bool conclusive = true;
  std::string reason;  // why not conclusive
  double rate_pps = 0;
  std::uint64_t probes_sent = 0;
  std::uint64_t replies = 0;
  // Loss on the path itself; nullopt: an older history did not record it.
  std::optional<double> loss;
};

// The sweeps of one group in one hour, summed up.
struct GroupRollup {
  WallTime hour{};
  std::string group;
  std::uint32_t sweeps = 0;
  std::uint32_t expected = 0;
  std::uint32_t answering_min = 0;
  double answering_mean = 0;
};

struct Note {
  std::string group;
  std::string text;  // "" removes it
  std::string author;
  WallTime at{};
};

}  // namespace rollcall::watch
