#include "scheduler/watch/incidents/silences.h"

#include <gtest/gtest.h>

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;

const WallTime kNoon{std::chrono::hours(12)};

Silence window(std::vector<std::string> groups, Labels labels = {}, std::string id = "s1") {
  return {.id = std::move(id),
          .groups = std::move(groups),
          .labels = std::move(labels),
          .starts_at = kNoon,
          .ends_at = kNoon + 1h};
}

TEST(Silence, MatchesByNameOrByAllOfItsLabels) {
  const struct {
    const char* description;
    Silence silence;
    bool matches;
  } cases[] = {
      {"the name", window({"web41", "web42"}), true},
      {"another name", window({"web41"}), false},
      {"a prefix of the name", window({"web4"}), false},
      {"its label", window({}, {{"rack", "r7"}}), true},
      {"both of its labels", window({}, {{"rack", "r7"}, {"site", "vie"}}), true},
      {"one label of two", window({}, {{"rack", "r7"}, {"site", "ber"}}), false},
      {"a label that it lacks", window({}, {{"customer", ""}}), false},
      {"a name, and labels of others", window({"web42"}, {{"rack", "r8"}}), true},
      {"nothing at all", window({}), false},
  };
  const Labels labels{{"rack", "r7"}, {"site", "vie"}};
  for (const auto& test : cases) {
    EXPECT_EQ(matches(test.silence, "web42", labels), test.matches) << test.description;
  }
}

TEST(Silence, HoldsFromItsFirstMomentToJustBeforeItsLast) {
  const Silence silence = window({"web42"});
  EXPECT_FALSE(is_active(silence, kNoon - 1ns));
  EXPECT_TRUE(is_active(silence, kNoon));
  EXPECT_TRUE(is_active(silence, kNoon + 1h - 1ns));
  EXPECT_FALSE(is_active(silence, kNoon + 1h));
}

TEST(Silence, ThatHasBegunIsNotUndoneByAClockThatIsSetBack) {
  Silence silence{.starts_at = kNoon, .ends_at = kNoon + 1h};
  silence.has_begun = true;
  EXPECT_TRUE(is_active(silence, kNoon - 1h));
  EXPECT_FALSE(is_active(silence, kNoon + 1h));
}

TEST(Silence, MutesAnIncidentOfManyOnlyWhenAllOfItsGroupsAreSilenced) {
  const Incident incident{
      .scope = IncidentScope::kParent, .groups = {"web1", "web2"}, .labels = {{"rack", "r7"}}};
  const Silence web1 = window({"web1"}, {}, "first");
  const Silence web2 = window({"web2"}, {}, "second");
  Silence later = web2;
  later.starts_at += 1min;
  const struct {
    const char* description;
    std::vector<Silence> silences;
    std::string by;
  } cases[] = {
      {"one of them", {web1}, ""},
      {"both, in one window", {window({"web2", "web1"})}, "s1"},
      {"both, in two", {web2, web1}, "first"},
      {"the second not yet", {web1, later}, ""},
      {"the label that they share", {window({}, {{"rack", "r7"}})}, "s1"},
      {"a label that they do not", {window({}, {{"rack", "r8"}})}, ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(silenced_by(test.silences, incident, kNoon), test.by) << test.description;
  }
  const std::vector<Silence> both{web1, web2};
  EXPECT_EQ(silenced_by(both, {}, kNoon), "") << "about nobody that we know";
}

}  // namespace
}  // namespace rollcall::watch
