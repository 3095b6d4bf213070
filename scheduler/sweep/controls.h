// Controls: targets that have answered in this sweep, connected to right after a doubted target.
//
// A failed connect shows nothing while the doubted target's server, or a firewall before it, has
// used up its ration of new connections, or while this host's own connects cannot leave. So each
// doubted target is paired with a control that is asked right behind it, by the same egress: only
// when the control was answered would the doubted target have been answered too.
//
//   level    control is a target of ...            proves
//   group    the same group                        no ration of that server was empty
//   egress   any group, through the same egress    this host's connects leave, and come back
//
// Threading: one thread.
// Ownership: own lists; targets by place.
// Units:     none.
// Cost:      36 bytes a group; answered() reads one of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/units.h"

namespace rollcall::sweep {

class Controls {
 public:
  enum class Level : std::uint8_t { kGroup, kEgress };
  struct Choice {
    ScanIndex target;
    Level level = Level::kGroup;
  };

  Controls(std::size_t groups, std::size_t egresses) : groups_(groups), egresses_(egresses) {}

  // This target answered a SYN or a connect: a control of its group, or of its egress as well.
  void answered(ScanIndex target, GroupIndex group, std::size_t egress,
                Level widest = Level::kEgress);
  // As a control it did not answer: it is none any more, until it answers again.
  void failed(ScanIndex target, GroupIndex group, std::size_t egress);

  // How many of the egress take turns.
  std::size_t of_egress(std::size_t egress) const { return egresses_[egress].members.size(); }
  bool has_of_group(GroupIndex group) const { return groups_[group.value].count > 0; }
  bool has_of_group(GroupIndex group, std::size_t egress) const;
  // In turn, so that no target is asked far more than others. nullopt: no target answered yet.
  std::optional<Choice> choose(ScanIndex doubted, GroupIndex group, std::size_t egress);

 private:
  static constexpr std::size_t kOfGroup = 4;
  static constexpr std::size_t kOfEgress = 32;
  struct Member {
    ScanIndex target;
    std::uint16_t egress = 0;
  };
  struct Group {
    std::array<Member, kOfGroup> members;
    std::uint8_t count = 0;
    std::uint8_t next = 0;
  };
  struct Egress {
    std::vector<ScanIndex> members;
    std::size_t next = 0;
    std::uint32_t answers = 0;
  };

  std::vector<Group> groups_;
  std::vector<Egress> egresses_;
};

}  // namespace rollcall::sweep
