// Derives the state of a group from its targets, and follows the group through a reboot.
//
//   phase     \ figures |  all well  | some trouble           | all missing
//   --------------------+------------+------------------------+-------------
//   normal              |  normal    | normal                 | down
//   down                |  normal    | settling (clock runs)  | down
//   settling            |  normal    | settling, or normal    | down
//                       |            | when the time is over  |
//
// An address that is still missing when the settling time is over did not come back with its
// server. Then the trouble is `partial_after_reboot`, unless the address was missing long before
// the group went down. This trouble stays until nothing is missing, through further reboots too.
//
// An address answers when one of its ports is up or closed, in this group or in another. It is
// missing when all of its ports that have ever answered are missing. An address that has never
// answered is not expected to, until its grace period is over: then it is missing too.
//
// Threading: value types and pure functions.
// Ownership: `memories` and the table are borrowed for the call.
// Units:     counts of addresses unless named otherwise; monotonic time.
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

// The rows of the addresses that several groups list, ascending by address. Mostly empty.
class SharedAddresses {
 public:
  explicit SharedAddresses(const inventory::TargetTable& table);
  // True when any port of the address answers, in any group.
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
  // Missing addresses that were not missing before the group went down.
  std::uint32_t missing_anew = 0;
  std::uint32_t never_overdue = 0;     // missing addresses that have never answered
  std::uint32_t never_answered = 0;    // within the grace period: not expected to answer yet
  std::uint32_t services_failing = 0;  // targets, on addresses that answer
  std::uint32_t unstable = 0;          // targets
  std::uint32_t suspects = 0;          // targets
  std::uint32_t undecided = 0;         // targets, suspects among them
  bool is_flapping = false;            // one of its targets flaps

  bool all_missing() const { return missing > 0 && answering == 0; }
  bool all_well() const { return missing == 0 && services_failing == 0; }
  bool has_ever_answered() const { return expected > never_overdue; }
};

GroupFigures count(const FleetMemory& fleet, GroupIndex group);

// The figures with address ranges, in the form of a sweep's report, for describe_pattern().
verdict::GroupReport report_of(const FleetMemory& fleet, GroupIndex group);

struct GroupMemory {
  GroupPhase phase = GroupPhase::kNormal;
  bool is_after_reboot = false;
  TimePoint down_since{};  // unless kNormal
  TimePoint settled_at{};  // in kSettling: when the settling time is over
  // The newest sweep that judged a target that is not up. Time without such a sweep decides
  // nothing: the path may lose every reply.
  std::optional<TimePoint> judged_at;
  Duration longest_gap{};         // longest accepted time between two such sweeps
  bool is_after_a_pause = false;  // the newest such sweep came after a longer gap
  std::uint32_t version = 0;      // number of hard changes of its targets
  std::uint32_t unjudged = 0;     // targets that no sound sweep has judged for too long
  bool is_unjudged = false;       // some were unjudged; stays until sweeps have judged every target
  WallTime unjudged_at{};         // last judgement of the target that waits longest
  Duration unjudged_after = Duration::max();  // the age at which they count as unjudged
  std::optional<TimePoint> answers_since;     // when its first address answered
};

// Marks the targets that have never answered and whose grace period is over. Returns true when it
// marks one: then the group's figures have changed.
bool mark_overdue(GroupMemory& memory, const GroupFigures& figures, std::span<TargetMemory> group,
                  TimePoint now, const Settings& settings);

// Records that a sweep judged a target of the group that is not up.
void judge(GroupMemory& memory, TimePoint now, Duration interval);

// Advances the phase. Returns true when the group went down now: then mark_known_missing() is due.
bool step(GroupMemory& memory, const GroupFigures& figures, TimePoint now,
          const Settings& settings);

// The trouble of a group, or nullopt. While a group settles, its trouble is still `down`.
std::optional<Trouble> trouble_of(const GroupMemory& memory, const GroupFigures& figures);

// Marks the targets of a group that went down which were already missing before. A target counts as
// such when it has been missing for more than `longest` longer than the newest missing target.
void mark_known_missing(std::span<TargetMemory> group, TimePoint now, Duration longest);

}  // namespace rollcall::watch
