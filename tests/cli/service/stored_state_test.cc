#include "cli/service/journal/stored_state.h"

#include <gmock/gmock.h>

#include "tests/scheduler/history/testing.h"

namespace rollcall::cli {
namespace {

using history::Batch;
using history::testing::address;
using history::testing::at;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using watch::GroupPhase;
using watch::TargetState;

watch::PersistedTarget target(std::uint32_t n, TargetState state) {
  return {address(n), Port{80}, state, false};
}

class AStoredState : public ::testing::Test {
 protected:
  Batch fill(double seconds, bool everything = false) {
    Batch batch;
    stored_.fill(batch, now_, at(seconds), everything);
    return batch;
  }

  watch::PersistedState now_{.targets = {target(3, TargetState::kUp), target(1, TargetState::kUp)},
                             .groups = {},
                             .open = {}};
  StoredState stored_;
};

TEST_F(AStoredState, WritesEachTargetOnceAndThenWhatChanges) {
  EXPECT_THAT(fill(1).target_states, SizeIs(2));
  EXPECT_TRUE(fill(2).empty());
  now_.targets[0].settled = TargetState::kMissing;
  const Batch changed = fill(3);
  ASSERT_THAT(changed.target_states, SizeIs(1));
  EXPECT_EQ(changed.target_states[0].address, address(3));
  EXPECT_EQ(changed.target_states[0].state, TargetState::kMissing);
  EXPECT_EQ(changed.target_states[0].since, at(3));
  EXPECT_FALSE(changed.complete);
}

TEST_F(AStoredState, KeepsTheTimeOfAStateThatLasts) {
  fill(1);
  now_.targets[1].is_known_missing = true;
  const Batch changed = fill(5);
  ASSERT_THAT(changed.target_states, SizeIs(1));
  EXPECT_EQ(changed.target_states[0].since, at(1));
  EXPECT_TRUE(changed.target_states[0].is_known_missing);
}

TEST_F(AStoredState, WritesEverythingWhereATargetIsGoneOrItIsAskedFor) {
  fill(1);
  EXPECT_THAT(fill(2, true).target_states, SizeIs(2));
  now_.targets.pop_back();
  const Batch complete = fill(3);
  EXPECT_TRUE(complete.complete);
  EXPECT_EQ(complete.at, at(3));
  EXPECT_THAT(complete.target_states, SizeIs(1));
}

TEST_F(AStoredState, KeepsATargetThatLeftTheInventoryAndSinceWhen) {
  fill(1);
  now_.departed = {{now_.targets[1], std::chrono::seconds(1)}};
  now_.targets.pop_back();
  const Batch left = fill(6);
  EXPECT_FALSE(left.complete);
  ASSERT_THAT(left.target_states, SizeIs(1));
  EXPECT_EQ(left.target_states[0].left_at, at(5));
  now_.departed[0].left_for = std::chrono::seconds(2);
  EXPECT_THAT(fill(7).target_states, IsEmpty());

  const auto restored =
      snapshot_from({.targets = left.target_states, .groups = {}, .suspicions = {}}, {}, at(9));
  EXPECT_THAT(restored.targets, IsEmpty());
  ASSERT_THAT(restored.departed, SizeIs(1));
  EXPECT_EQ(restored.departed[0].left_for, std::chrono::seconds(4));

  now_.targets.push_back(now_.departed[0].target);
  now_.departed.clear();
  const Batch back = fill(10);
  ASSERT_THAT(back.target_states, SizeIs(1));
  EXPECT_FALSE(back.target_states[0].left_at);
}

TEST_F(AStoredState, TellsTheStoryOfAGroupUntilThereIsNone) {
  now_.groups = {{"web42", GroupPhase::kDown, false, std::chrono::seconds(7)}};
  const Batch down = fill(10);
  ASSERT_THAT(down.group_states, SizeIs(1));
  EXPECT_EQ(down.group_states[0].down_since, at(3));
  now_.groups[0].down_for = std::chrono::seconds(8);
  EXPECT_THAT(fill(11).group_states, IsEmpty());
  now_.groups[0].phase = GroupPhase::kSettling;
  EXPECT_THAT(fill(12).group_states, SizeIs(1));
  now_.groups.clear();
  const Batch well = fill(13);
  ASSERT_THAT(well.group_states, SizeIs(1));
  EXPECT_EQ(well.group_states[0].phase, GroupPhase::kNormal);
}

TEST_F(AStoredState, ComesBackAsTheSnapshotThatItWas) {
  now_.targets[0].is_known_missing = true;
  now_.targets[0].settled = TargetState::kMissing;
  now_.groups = {{"web42", GroupPhase::kSettling, true, std::chrono::seconds(7)}};
  const Batch batch = fill(10);
  const auto restored = snapshot_from(
      {.targets = batch.target_states, .groups = batch.group_states, .suspicions = {}}, {}, at(12));
  ASSERT_THAT(restored.targets, SizeIs(2));
  EXPECT_EQ(restored.targets[1].address, address(3));
  EXPECT_TRUE(restored.targets[1].is_known_missing);
  EXPECT_EQ(restored.targets[1].missing_for, std::chrono::seconds(2));
  ASSERT_THAT(restored.groups, SizeIs(1));
  EXPECT_EQ(restored.groups[0].phase, GroupPhase::kSettling);
  EXPECT_TRUE(restored.groups[0].is_after_reboot);
  EXPECT_EQ(restored.groups[0].down_for, std::chrono::seconds(9));
}

TEST_F(AStoredState, WritesSuspicionsAsLongAsThereAreAny) {
  using std::chrono::seconds;
  EXPECT_FALSE(fill(1).suspicions);
  now_.suspicions = {{address(1), Port{80}, seconds(7), seconds(4), seconds(1)},
                     {address(3), Port{80}, seconds(7), std::nullopt, seconds(1)}};
  const Batch batch = fill(10);
  ASSERT_TRUE(batch.suspicions);
  const auto restored =
      snapshot_from({.targets = {}, .groups = {}, .suspicions = *batch.suspicions}, {}, at(12));
  ASSERT_THAT(restored.suspicions, SizeIs(2));
  EXPECT_EQ(restored.suspicions[0].failing_for, seconds(9));
  EXPECT_EQ(restored.suspicions[0].silent_for, seconds(6));
  EXPECT_EQ(restored.suspicions[0].judged_ago, seconds(3));
  EXPECT_FALSE(restored.suspicions[1].silent_for);
  now_.suspicions.clear();
  const Batch cleared = fill(13);
  ASSERT_TRUE(cleared.suspicions);
  EXPECT_THAT(*cleared.suspicions, IsEmpty());
  EXPECT_FALSE(cleared.empty());
  EXPECT_FALSE(fill(14).suspicions);
}

}  // namespace
}  // namespace rollcall::cli
