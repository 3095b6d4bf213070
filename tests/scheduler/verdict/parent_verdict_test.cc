#include "scheduler/verdict/parent_verdict.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::verdict {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One group of three addresses a letter: D down, P partial, S service down, N nothing known, U up.
struct Member {
  const char* parent;
  char kind;
};

Fleet fleet_of(const std::vector<Member>& members) {
  Fleet fleet;
  std::uint32_t next = 0x0a000001;
  for (const auto& [parent, kind] : members) {
    fleet.group("g" + std::to_string(next >> 8 & 0xff), parent);
    const auto fate = [&](int i) {
      if (kind == 'D' || (kind == 'P' && i == 1)) return Fate::kSilent;
      if (kind == 'S') return Fate::kRefuses;
      return kind == 'N' ? Fate::kNotSent : Fate::kOpens;
    };
    for (int i = 0; i < 3; ++i) fleet.add(Address::from_v4(next++).to_string(), 1, fate(i));
    next += 253;
  }
  return fleet;
}

struct ParentCase {
  const char* description;
  std::vector<Member> members;
  std::vector<std::string> parents_down;  // "rack7: 2 groups, 6 addresses"
  bool everything_down;
};

const ParentCase kCases[] = {
    {"all up", {{"rack7", 'U'}, {"rack7", 'U'}}, {}, false},
    {"all down, with one parent",
     {{"rack7", 'D'}, {"rack7", 'D'}, {"rack7", 'D'}},
     {"rack7: 3 groups, 9 addresses"},
     true},
    {"one rack of two, not side by side in the inventory",
     {{"rack7", 'D'}, {"rack8", 'U'}, {"rack7", 'D'}},
     {"rack7: 2 groups, 6 addresses"},
     false},
    {"in the order of their first groups",
     {{"z", 'D'}, {"a", 'D'}, {"", 'U'}, {"a", 'D'}, {"z", 'D'}},
     {"z: 2 groups, 6 addresses", "a: 2 groups, 6 addresses"},
     false},
    {"one group of the rack is up", {{"rack7", 'D'}, {"rack7", 'U'}}, {}, false},
    {"one group of the rack is partial", {{"rack7", 'D'}, {"rack7", 'P'}}, {}, false},
    {"one group of the rack has a service down", {{"rack7", 'D'}, {"rack7", 'S'}}, {}, false},
    {"nothing is known of one group of the rack", {{"rack7", 'D'}, {"rack7", 'N'}}, {}, false},
    {"a parent with a single group", {{"rack7", 'D'}, {"", 'U'}}, {}, false},
    {"groups without a parent have none in common", {{"", 'D'}, {"", 'D'}}, {}, true},
    {"one group is not everything", {{"", 'D'}}, {}, false},
    {"nor is one group of a parent", {{"rack7", 'D'}}, {}, false},
    {"racks of one group each", {{"rack7", 'D'}, {"rack8", 'D'}}, {}, true},
};

TEST(ParentVerdict, IsDownOnlyWhenEveryOneOfItsSeveralGroupsIs) {
  for (const ParentCase& test : kCases) {
    const Fleet fleet = fleet_of(test.members);
    const inventory::TargetTable table = fleet.table();
    const auto not_up = judge_groups(table, fleet.states());
    std::vector<std::string> parents;
    for (const ParentDown& parent : parents_down(table, not_up)) {
      parents.push_back(std::string(parent.parent) + ": " + std::to_string(parent.groups.size()) +
                        " groups, " + std::to_string(parent.addresses) + " addresses");
    }
    EXPECT_EQ(parents, test.parents_down) << test.description;
    EXPECT_EQ(is_everything_down(table, not_up), test.everything_down) << test.description;
  }
}

TEST(ParentVerdict, ListsTheGroupsOfAParentAscending) {
  const Fleet fleet = fleet_of({{"a", 'D'}, {"b", 'D'}, {"a", 'D'}, {"b", 'U'}, {"a", 'D'}});
  const inventory::TargetTable table = fleet.table();
  const auto parents = parents_down(table, judge_groups(table, fleet.states()));
  ASSERT_EQ(parents.size(), 1u);
  EXPECT_THAT(parents[0].groups, ElementsAre(GroupIndex{0}, GroupIndex{2}, GroupIndex{4}));
}

TEST(ParentVerdict, AnEmptyReportMeansThatNothingIsDown) {
  const Fleet fleet = fleet_of({{"rack7", 'U'}, {"rack7", 'U'}});
  const inventory::TargetTable table = fleet.table();
  EXPECT_THAT(parents_down(table, {}), IsEmpty());
  EXPECT_FALSE(is_everything_down(table, {}));
}

}  // namespace
}  // namespace rollcall::verdict
