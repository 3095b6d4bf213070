#include "scheduler/watch/silences.h"

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

TEST(Silence, MutesAnIncidentOfManyOnlyWhenAllOfItsGroupsAreSilenced) {
  const std::map<std::string, Labels, std::less<>> labels{{"web1", {{"rack", "r7"}}},
                                                          {"web2", {{"rack", "r8"}}}};
  const auto labels_of = [&](std::string_view group) { return labels.find(group)->second; };
  Incident incident{.scope = IncidentScope::kParent, .groups = {"web1", "web2"}};
  const std::vector<Silence> half{window({}, {{"rack", "r7"}})};
  EXPECT_EQ(silenced_by(half, incident, labels_of, kNoon), "");
  const std::vector<Silence> both{window({}, {{"rack", "r7"}}, "first"),
                                  window({"web2"}, {}, "second")};
  EXPECT_EQ(silenced_by(both, incident, labels_of, kNoon), "first");
  EXPECT_EQ(silenced_by(both, incident, labels_of, kNoon + 2h), "");
  incident.groups.clear();
  EXPECT_EQ(silenced_by(both, incident, labels_of, kNoon), "") << "about nobody that we know";
}

}  // namespace
}  // namespace rollcall::watch
