// Chooses the control of each failed connect: a target that has answered in this sweep.
//
// A target is doubted when it is silent to every SYN. Its failed connect alone proves nothing: the
// target's server, or a firewall before it, may have used up its limit of new connections. Or this
// host's own connects cannot leave. So the sweep connects to a control right after each doubted
// target, by the same egress. Only when the control answered would the doubted target have
// answered too.
//
//   level    control is a target of ...            proves
//   group    the same group                        no connection limit of that server was used up
//   egress   any group, through the same egress    this host's connects leave, and replies return
//
// Threading: one thread.
// Ownership: own lists; targets by ScanIndex.
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

  // Call when a target answered a SYN or a connect. It becomes a control of its group, and of its
  // egress too if `widest` allows that.
  void answered(ScanIndex target, GroupIndex group, std::size_t egress,
                Level widest = Level::kEgress);
  // Call when a control did not answer. It leaves its egress's list until it answers again, and its
  // group tries the other members first. The last member of each list stays.
  void failed(ScanIndex target, GroupIndex group, std::size_t egress);

  // The number of controls of the egress; choose() takes them in rotation.
  std::size_t of_egress(std::size_t egress) const { return egresses_[egress].members.size(); }
  bool has_of_group(GroupIndex group) const { return groups_[group.value].count > 0; }
  bool has_of_group(GroupIndex group, std::size_t egress) const;
  // Rotates, so that no target gets far more connects than others. nullopt: no target answered yet.
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
