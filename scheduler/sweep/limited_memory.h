// How many targets of groups that limit new connections the next sweeps may ask.
//
// Some limits recover only when nobody asks: "6 in 30 s" counts the refused connections too. So a
// group that stopped answering in mid-sweep rests, and is then asked a few targets at a time, twice
// as many from sweep to sweep while any answer. A group that is silent even after its rest is
// judged like any other.
//
// Several groups that fall silent in one sweep, none of them limited for a minute before, went down
// together: they do not rest.
//
// Threading: one thread.
// Ownership: owns its entries, by name, so that they outlive an inventory, for an hour.
// Units:     targets of a group; monotonic time, handed in.
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

// What may be asked of a group in one sweep: `targets` rows of it from the `first` on, around its
// end. `waits`: where none of them answers they are not judged, since a limit may not have
// recovered.
struct GroupQuota {
  static constexpr std::uint32_t kAll = UINT32_MAX;
  std::uint32_t first = 0;
  std::uint32_t targets = kAll;
  bool waits = false;
};

// What a sweep saw of a group.
struct GroupTally {
  std::uint32_t askable = 0;  // those to which a way leads
  std::uint32_t asked = 0;    // at most its quota; the others are counted nowhere below
  std::uint32_t answered = 0;
  std::uint32_t unknown = 0;
  bool limited = false;
  bool fell_silent = false;  // limited, and no member answered since
};

class LimitedMemory {
 public:
  // By GroupIndex; empty: every group may be asked as usual.
  std::vector<GroupQuota> quotas(const inventory::TargetTable& table, TimePoint now);
  // Folds what a sweep with those quotas saw. `tallies`: by GroupIndex.
  void learn(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
             TimePoint now);

 private:
  struct Entry {
    std::uint32_t targets = GroupQuota::kAll;
    std::uint32_t size = 0;   // of the whole group: a sweep may be over a part of it
    std::uint32_t next = 0;   // the row to begin with
    bool has_rested = false;  // since it was limited last
    TimePoint rests_until{};
    TimePoint limited_at{};
  };

  bool is_long_unlimited(const std::string& group, TimePoint now) const;
  bool went_down_together(const inventory::TargetTable& table, std::span<const GroupTally> tallies,
                          TimePoint now) const;
  void note_limited(const inventory::Group& group, const GroupTally& tally, TimePoint now);
  // False when it is limited no longer, or down.
  bool still_limited(Entry& entry, const inventory::Group& group, const GroupTally& tally,
                     TimePoint now);

  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, TimePoint, std::less<>> unlimited_since_;  // of those that answer
};

}  // namespace rollcall::sweep
