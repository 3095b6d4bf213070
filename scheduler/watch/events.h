// The words in which a watch speaks of what happened: to its store, its alerts and its readers.
//
// Threading: plain values.
// Ownership: own everything.
// Units:     wall time for display and storage; verdicts themselves live on the monotonic clock.
// Errors:    none.
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

// What a watch holds to be true of a target, over time.
enum class TargetState : std::uint8_t {
  kNew,            // not yet judged
  kUp,             // answers as expected
  kClosed,         // bound, but its service does not listen where it should
  kSuspect,        // failed a sweep; not yet long enough, or not yet confirmed
  kMissing,        // silent or unreachable, confirmed
  kNeverAnswered,  // missing since it is listed: an incident when its grace period is over
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

// What a restart has to know of a target.
struct TargetRecord {
  Address address;
  Port port;
  TargetState state = TargetState::kNew;
  WallTime since{};
  bool is_known_missing = false;    // was missing long before its group went down
  std::optional<WallTime> left_at;  // when it left the inventory; none: it is in it
};

// Why a target is suspected: see PersistedSuspicion in snapshot.h.
struct SuspicionRecord {
  Address address;
  Port port;
  WallTime failing_since{};
  std::optional<WallTime> silent_since;
  WallTime judged_at{};
};

// The story of a group's reboot: see group_watch.h.
enum class GroupPhase : std::uint8_t { kNormal, kDown, kSettling };
std::string_view to_string(GroupPhase phase);  // "normal", "down", "settling"
std::optional<GroupPhase> group_phase_from(std::string_view name);

// What a restart has to know of a group. A normal one that is not after a reboot has no record.
struct GroupRecord {
  std::string group;
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  WallTime down_since{};  // unless kNormal
};

// What is wrong with the subject of an incident, worst last: an incident keeps the worst it has
// seen.
enum class Trouble : std::uint8_t {
  kFailing,      // of a dependency of the watch; never of a group
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

// The subject of an incident: one group, all groups of a parent, the fleet, this vantage that
// cannot judge most groups, a next hop behind which no target answers, or something that the watch
// itself needs and that fails: an inventory source, a receiver, its HTTP server, a certificate.
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
  std::string value;  // unique for ever: subject and start, "web42@2026-01-05T08:00:00.123Z"
  auto operator<=>(const IncidentId&) const = default;
};

struct Incident {
  IncidentId id;
  IncidentScope scope = IncidentScope::kGroup;
  std::string subject;              // name of the group or the parent; "fleet"
  std::vector<std::string> groups;  // all that it is about; one for kGroup
  WallTime started_at{};
  std::optional<WallTime> ended_at;
  Trouble worst = Trouble::kPartial;
  Trouble now = Trouble::kPartial;
  bool flapping = false;
  std::uint32_t expected = 0;  // addresses
  std::uint32_t answering = 0;
  std::uint32_t never_answered = 0;  // of the missing: listed, but never seen to answer
  std::vector<std::string> missing;  // ranges, as in "10.0.42.218-10.0.42.254"
  std::vector<std::string> closed;
  std::string sentence;                       // what a person reads first
  std::string note;                           // the group's note
  std::map<std::string, std::string> labels;  // of the group; of many, what all of them share
  std::vector<std::string> verified_by;  // who ran `verify --by` during it; "NAME (not passed)"
  IncidentId absorbed_by;  // ended, but not over: it goes on as part of this one; "" else
};

enum class IncidentChange : std::uint8_t { kOpened, kChanged, kEnded };
std::string_view to_string(IncidentChange change);  // "opened", "changed", "ended"
std::optional<IncidentChange> incident_change_from(std::string_view name);

struct IncidentEvent {
  IncidentChange change = IncidentChange::kOpened;
  WallTime at{};
  Incident incident;        // as it is after the change
  std::string silenced_by;  // the silence that keeps it from being sent; "": none
};

// An open incident that people were told of.
struct NotifiedIncident {
  IncidentId id;
  bool is_pending = false;  // what changed last was kept back by a silence
};

// A dependency of the watch that has failed for so long that people are told.
struct FailedDependency {
  std::string name;  // "inventory source /etc/rollcall/fleet.csv"
  std::string why;
  WallTime since{};
};

// A maintenance window. A group is silenced when its name is in `groups` or all `labels` match.
struct Silence {
  std::string id;  // unique, given by who stores it
  std::vector<std::string> groups;
  std::map<std::string, std::string> labels;
  WallTime starts_at{};
  WallTime ends_at{};
  std::string author;
  std::string reason;
  bool has_begun = false;  // seen to be active: a clock that is set back does not undo that
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
  std::optional<double> loss;  // the path's own; none: from a history that did not keep it
};

// One a group and hour.
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
