#include "scheduler/sweep/controls.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

// Once a full egress list got this many answers, one more member is replaced. So its members come
// from many groups and have answered recently.
constexpr std::uint32_t kReplaceEvery = 64;

}  // namespace

void Controls::answered(ScanIndex target, GroupIndex group_index, std::size_t egress_index,
                        Level widest) {
  Group& group = groups_[group_index.value];
  if (group.count < kOfGroup) {
    const auto end = group.members.begin() + group.count;
    if (std::find_if(group.members.begin(), end,
                     [target](const Member& member) { return member.target == target; }) == end) {
      group.members[group.count++] = {target, static_cast<std::uint16_t>(egress_index)};
    }
  }
  if (widest == Level::kGroup) return;
  Egress& egress = egresses_[egress_index];
  const bool is_full = egress.members.size() >= kOfEgress;
  if (is_full && ++egress.answers % kReplaceEvery != 0) return;
  if (std::ranges::find(egress.members, target) != egress.members.end()) return;
  if (is_full) {
    egress.members[egress.answers / kReplaceEvery % kOfEgress] = target;
  } else {
    egress.members.push_back(target);
  }
}

void Controls::failed(ScanIndex target, GroupIndex group_index, std::size_t egress_index) {
  Egress& egress = egresses_[egress_index];
  if (egress.members.size() > 1) std::erase(egress.members, target);
  Group& group = groups_[group_index.value];
  // The last member stays: a group whose limit is used up is tried again, at a lower rate.
  if (group.count <= 1) return;
  const auto end = group.members.begin() + group.count;
  const auto found = std::find_if(group.members.begin(), end, [target](const Member& member) {
    return member.target == target;
  });
  if (found == end) return;
  std::rotate(found, found + 1, end);  // tried after the others
}

bool Controls::has_of_group(GroupIndex index, std::size_t egress) const {
  const Group& group = groups_[index.value];
  const auto end = group.members.begin() + group.count;
  return std::any_of(group.members.begin(), end,
                     [egress](const Member& member) { return member.egress == egress; });
}

std::optional<Controls::Choice> Controls::choose(ScanIndex doubted, GroupIndex group_index,
                                                 std::size_t egress_index) {
  Group& group = groups_[group_index.value];
  for (std::size_t tried = 0; tried < group.count; ++tried) {
    const Member& member = group.members[group.next++ % group.count];
    if (member.egress == egress_index && member.target != doubted) {
      return Choice{member.target, Level::kGroup};
    }
  }
  Egress& egress = egresses_[egress_index];
  for (std::size_t tried = 0; tried < egress.members.size(); ++tried) {
    const ScanIndex member = egress.members[egress.next++ % egress.members.size()];
    if (member != doubted) return Choice{member, Level::kEgress};
  }
  return std::nullopt;
}

}  // namespace rollcall::sweep
