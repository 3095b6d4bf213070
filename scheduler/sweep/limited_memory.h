// Remembers limited groups across sweeps and says how many of their targets a sweep may probe.
//
// Some limits recover only when no client connects: "6 in 30 s" counts the refused connections too.
// So a group that stopped answering in mid-sweep rests. Then each sweep probes a few of its
// targets, and doubles that number while any target answers. A group that is silent even after its
// rest is judged like any other (ADR 41).
//
// Several groups may fall silent in one sweep, none of them limited for a minute before. They went
// down together, and do not rest.
//
// Threading: one thread.
// Ownership: owns its entries. They are kept by group name for an hour, so they outlive an
//            inventory.
// Units:     targets of a group; monotonic time, passed in.
// Cost:      a map entry a group.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/inventory/target_table.h"

namespace rollcall::sweep {

// The share of a group that one sweep may probe: `targets` rows from row `first` on, wrapping
// around at the group's end. `waits`: silence of all of them is not judged, because a limit may not
// have recovered.
struct GroupQuota {
  static constexpr std::uint32_t kAll = UINT32_MAX;
  std::uint32_t first = 0;
  std::uint32_t targets = kAll;
  bool waits = false;
};

// The results of one group in one sweep.
struct GroupTally {
  std::uint32_t askable = 0;  // targets to which a route leads
  std::uint32_t asked = 0;    // at most its quota; the fields below count only these
  std::uint32_t answered = 0;
  std::uint32_t unknown = 0;
  bool limited = false;
  bool fell_silent = false;  // limited, and no member has answered since
};

class LimitedMemory {
 public:
  // By GroupIndex; empty: no group has a quota.
  std::vector<GroupQuota> quotas(const inventory::TargetTable& table, TimePoint now);
  // Records the results of a sweep with those quotas. `tallies`: by GroupIndex.
  void learn(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
             TimePoint now);

 private:
  struct Entry {
    std::uint32_t targets = GroupQuota::kAll;
    std::uint32_t size = 0;   // targets of the whole group: a sweep may cover a part of it
    std::uint32_t next = 0;   // the row at which the next sweep begins
    bool has_rested = false;  // since it was last limited
    TimePoint rests_until{};
    TimePoint limited_at{};
  };

  bool is_long_unlimited(const std::string& group, TimePoint now) const;
  bool went_down_together(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
                          TimePoint now) const;
  void note_limited(const inventory::Group& group, const GroupTally& tally, TimePoint now);
  // False when the group is no longer limited, or is down.
  bool still_limited(Entry& entry, const inventory::Group& group, const GroupTally& tally,
                     TimePoint now);

  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, TimePoint, std::less<>> unlimited_since_;  // groups that answer
};

}  // namespace rollcall::sweep
