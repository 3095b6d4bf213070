// What a watch holds to be true of one group: the targets folded, and the story of a reboot.
//
//   phase     \ figures |  all well  | some trouble           | all missing
//   --------------------+------------+------------------------+-------------
//   normal              |  normal    | normal                 | down
//   down                |  normal    | settling (clock runs)  | down
//   settling            |  normal    | settling, or normal    | down
//                       |            | when the time is over  |
//
// What is still missing when the settling time is over, and was not missing long before the group
// went down, did not come back with its server: trouble `partial_after_reboot`, which stays until
// nothing is missing, through further reboots too.
//
// An address answers when a port of it is up or closed, in this group or in another; it is missing
// when all ports of it that have ever answered are. One that has never answered is not expected to,
// until its grace period is over: then it is missing too.
//
// Threading: value types and pure functions.
// Ownership: `memories` and the table are borrowed for the call.
// Units:     counts of addresses unless named otherwise; monotonic time.
// Errors:    none.
// Cost:      one pass over the group's rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/group_verdict.h"
#include "scheduler/watch/events.h"
#include "scheduler/watch/target_watch.h"

namespace rollcall::watch {

// The rows of addresses that more than one group owns, ascending by address. Mostly empty.
class SharedAddresses {
 public:
  explicit SharedAddresses(const inventory::TargetTable& table);
  // Does any port of it, in any group, answer?
  bool answers(const Address& address, std::span<const TargetMemory> memories) const;

 private:
  struct Row {
    Address address;
    std::uint32_t row;
  };
  std::vector<Row> rows_;
};

struct FleetMemory {
  const inventory::TargetTable& table;
  const SharedAddresses& shared;
  std::span<const TargetMemory> memories;  // by TargetIndex
};

struct GroupFigures {
  std::uint32_t expected = 0;  // answering or missing
  std::uint32_t answering = 0;
  std::uint32_t missing = 0;
  std::uint32_t missing_anew = 0;    // of them: not known to be missing before the group went down
  std::uint32_t never_overdue = 0;   // of the missing: they have never answered
  std::uint32_t never_answered = 0;  // not expected yet: within the grace period
  std::uint32_t services_failing = 0;  // targets of answering addresses
  std::uint32_t unstable = 0;          // targets
  std::uint32_t suspects = 0;          // targets
  std::uint32_t undecided = 0;         // targets, suspects among them
  bool is_flapping = false;            // one of its targets is

  bool all_missing() const { return missing > 0 && answering == 0; }
  bool all_well() const { return missing == 0 && services_failing == 0; }
  bool has_ever_answered() const { return expected > never_overdue; }
};

GroupFigures count(const FleetMemory& fleet, GroupIndex group);

// The figures with ranges, in the words of a sweep's report, for describe_pattern().
verdict::GroupReport report_of(const FleetMemory& fleet, GroupIndex group);

struct GroupMemory {
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  TimePoint down_since{};  // unless kNormal
  TimePoint settled_at{};  // in kSettling: when the time is over
  // The newest sweep that said anything of a target that is not up. Time that passes without one
  // decides nothing: the path may be blind.
  std::optional<TimePoint> judged_at;
  Duration longest_gap{};         // between two such sweeps, as often as it is asked
  bool is_after_a_pause = false;  // that sweep came long after the one before it
  std::uint32_t version = 0;      // counts hard changes of its targets
  std::uint32_t unjudged = 0;     // targets that no sound sweep judged for too long
  bool is_unjudged = false;       // there are such, until a sweep has judged every target
  WallTime unjudged_at{};         // the newest judgement of the one that waits longest
  Duration unjudged_after = Duration::max();  // the age at which they counted as unjudged
  std::optional<TimePoint> answers_since;     // when the first address of it was seen to answer
};

// Marks the targets that have never answered and whose grace period is over. True when there are
// new ones: then the group's figures have changed.
bool mark_overdue(GroupMemory& memory, const GroupFigures& figures, std::span<TargetMemory> group,
                  TimePoint now, const Settings& settings);

// Notes that a sweep judged something of the group that is not up.
void judge(GroupMemory& memory, TimePoint now, Duration interval);

// True when the group went down with this step: then mark_known_missing() is due.
bool step(GroupMemory& memory, const GroupFigures& figures, TimePoint now,
          const Settings& settings);

// nullopt: none. While a group settles it is still `down`.
std::optional<Trouble> trouble_of(const GroupMemory& memory, const GroupFigures& figures);

// Marks what of a group that went down was missing so much longer than the rest (`longest`) that
// it is another story.
void mark_known_missing(std::span<TargetMemory> group, TimePoint now, Duration longest);

}  // namespace rollcall::watch
