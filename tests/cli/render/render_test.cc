#include "cli/render/render.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "cli/render/group_lines.h"
#include "tests/cli/render/sweep_fixture.h"

namespace rollcall::cli {
namespace {

using inventory::Expect;
using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using verdict::Fate;
using verdict::Fleet;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> keys_of(const ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

Swept web42() {
  return sweep_of(Fleet()
                      .group("web42")
                      .add("10.0.42.1", 2, Fate::kOpens)
                      .add("10.0.42.3", 1, Fate::kRefuses)
                      .add("10.0.42.4", 1, Fate::kRefuses, 22, Expect::kBound)
                      .add("10.0.42.5", 2, Fate::kSilent));
}

TEST(RenderJson, HasTheFieldsOfTheSchemaInTheirOrder) {
  const auto document = ordered_json::parse(rendered(web42(), Format::kJson, true));
  EXPECT_THAT(keys_of(document), ElementsAre("schema", "started_at", "duration_s", "conclusive",
                                             "inconclusive_reasons", "targets", "addresses",
                                             "groups", "counts", "groups_not_up", "parents_down",
                                             "targets_not_open", "targets_open", "path"));
  EXPECT_THAT(keys_of(document["counts"]),
              ElementsAre("open", "closed", "unreachable", "silent", "unknown"));
  EXPECT_THAT(keys_of(document["groups_not_up"][0]),
              ElementsAre("group", "verdict", "expected", "answering", "missing", "closed"));
  EXPECT_THAT(keys_of(document["targets_not_open"][0]),
              ElementsAre("address", "port", "group", "state", "evidence"));
  EXPECT_THAT(keys_of(document["targets_open"][0]),
              ElementsAre("address", "port", "group", "state", "evidence", "rtt_ms"));
  EXPECT_THAT(
      keys_of(document["path"]),
      ElementsAre("lane", "rate_pps", "probes_sent", "replies", "late", "duplicate", "rejected",
                  "send_errors", "ring_drops", "capture_drops", "kernel_drops", "slices",
                  "unsound_slices", "loss", "canaries", "canary_probes", "findings", "rtt_ms"));
}

TEST(RenderJson, ListsEveryTargetInExactlyOneOfItsTwoLists) {
  const Swept swept = web42();
  const auto document = ordered_json::parse(rendered(swept, Format::kJson, true));
  EXPECT_EQ(document["targets_not_open"].size(), 3u);  // two silent, one closed
  EXPECT_EQ(document["targets_open"].size(), 3u);      // two open, one bound as expected
  EXPECT_FALSE(ordered_json::parse(rendered(swept, Format::kJson)).contains("targets_open"));
}

TEST(RenderJson, SaysWhyFramesWereRejected) {
  Swept swept = web42();
  swept.result.path.rejected = 5;
  swept.result.path.rejected_by[static_cast<std::size_t>(packet::RejectReason::kWrongCookie)] = 5;
  const auto path = ordered_json::parse(rendered(swept, Format::kJson))["path"];
  EXPECT_EQ(path["rejected_by"], ordered_json({{"wrong_cookie", 5}}));
}

TEST(RenderJson, SaysNullWhereNoReplyWasTimed) {
  Swept swept = sweep_of(Fleet().group("web42").add("10.0.42.1", 1, Fate::kSilent));
  swept.result.path.replies = 0;
  const auto path = ordered_json::parse(rendered(swept, Format::kJson))["path"];
  for (const char* percentile : {"p50", "p90", "p99"}) {
    EXPECT_TRUE(path["rtt_ms"][percentile].is_null()) << percentile;
  }
  const auto target = ordered_json::parse(rendered(swept, Format::kNdjson));
  EXPECT_TRUE(target["rtt_ms"].is_null());
}

TEST(RenderNdjson, IsOneValidObjectALine) {
  const auto lines = lines_of(rendered(web42(), Format::kNdjson, true));
  ASSERT_EQ(lines.size(), 6u);
  for (const std::string& line : lines) {
    EXPECT_THAT(keys_of(ordered_json::parse(line)),
                ElementsAre("address", "port", "group", "state", "evidence", "rtt_ms"));
  }
}

TEST(RenderJson, GivesBackAHostileNameUnchanged) {
  const std::string name = "\x1b[2J\"web\\42\"\r\n\u202e\u0085";
  const Swept swept = sweep_of(Fleet().group(name).add("10.0.42.1", 1, Fate::kSilent));
  const std::string text = rendered(swept, Format::kJson);
  EXPECT_EQ(ordered_json::parse(text)["groups_not_up"][0]["group"], name);
  const bool is_plain =
      std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
  EXPECT_TRUE(is_plain) << text;
}

TEST(RenderCsv, HoldsNoFormulaAndNoControlCharacter) {
  for (const char* name : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a\nb"}) {
    const Swept swept = sweep_of(Fleet().group(name).add("10.0.42.1", 1, Fate::kSilent));
    const auto lines = lines_of(rendered(swept, Format::kCsv));
    ASSERT_EQ(lines.size(), 2u) << name;
    const std::string group = lines[1].substr(std::string("10.0.42.1,80,").size());
    EXPECT_THAT("=+-@\t\r", Not(HasSubstr(group.substr(0, 1)))) << lines[1];
  }
}

// The terminal's cursor rests under the last line.
TEST(RenderText, EndsWithASentenceThatSumsUp) {
  struct Case {
    const char* description;
    Fleet fleet;
    const char* last_line;
  };
  const Case cases[] = {
      {"all up", Fleet().group("a").add("10.0.0.1", 254, Fate::kOpens),
       "All 254 addresses in 1 group answer."},
      {"partial",
       Fleet()
           .group("a")
           .add("10.0.0.1", 3, Fate::kOpens)
           .group("b")
           .add("10.0.1.1", 2, Fate::kOpens)
           .add("10.0.1.3", 1, Fate::kSilent),
       "5 of 6 addresses answer; 1 of 2 groups is not up (1 partial)."},
      {"one of each",
       Fleet()
           .group("a")
           .add("10.0.0.1", 1, Fate::kOpens)
           .add("10.0.0.2", 1, Fate::kSilent)
           .group("b")
           .add("10.0.1.1", 1, Fate::kSilent)
           .group("c")
           .add("10.0.2.1", 1, Fate::kRefuses)
           .group("d")
           .add("10.0.3.1", 1, Fate::kNotSent),
       "2 of 5 addresses answer; 3 of 4 groups are not up (1 down, 1 partial, 1 service_down); "
       "1 of 4 groups is unknown."},
      {"all of several groups are down",
       Fleet()
           .group("a")
           .add("10.0.0.1", 2, Fate::kSilent)
           .group("b")
           .add("10.0.1.1", 1, Fate::kSilent),
       "0 of 3 addresses answer; 2 of 2 groups are not up (2 down)."},
      {"our own trouble alone",
       Fleet()
           .group("a")
           .add("10.0.0.1", 3, Fate::kOpens)
           .group("b")
           .add("10.0.1.1", 1, Fate::kNotSent),
       "3 of 4 addresses answer; 1 of 2 groups is unknown."},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(lines_of(rendered(sweep_of(test.fleet), Format::kText)).back(), test.last_line)
        << test.description;
  }
}

TEST(RenderText, SaysFirstAndLastThatASweepIsInconclusive) {
  Swept swept = sweep_of(Fleet().group("a").add("10.0.0.1", 9, Fate::kOpens));
  swept.result.conclusive = false;
  swept.result.inconclusive_reasons = {"812 replies were dropped"};
  const auto lines = lines_of(rendered(swept, Format::kText));
  EXPECT_THAT(lines.front(), StartsWith("INCONCLUSIVE"));
  EXPECT_THAT(lines[1], HasSubstr("812 replies were dropped"));
  EXPECT_THAT(lines.back(), StartsWith("INCONCLUSIVE"));
}

TEST(RenderText, CutsLongListsOfRangesAndSaysSo) {
  Fleet fleet;
  fleet.group("a");
  for (std::uint32_t i = 0; i < 40; ++i) {
    const bool silent = i % 2 == 0 && i != 20;
    fleet.add(Address::from_v4(0x0a000000 + i).to_string(), 1,
              silent ? Fate::kSilent : Fate::kOpens);
  }
  const auto lines = lines_of(rendered(sweep_of(fleet), Format::kText));
  EXPECT_THAT(lines[3],
              EndsWith("missing 10.0.0.0, 10.0.0.2, 10.0.0.4, 10.0.0.6, 10.0.0.8, "
                       "10.0.0.10, 10.0.0.12, 10.0.0.14 and 11 more ranges (19 single addresses)"));
}

// All down but for one that is up: else the whole would be one line.
Fleet many_groups(std::uint32_t count) {
  Fleet fleet;
  fleet.group("up").add("192.0.2.1", 1, Fate::kOpens);
  for (std::uint32_t i = 0; i < count; ++i) {
    fleet.group("g" + std::to_string(i))
        .add(Address::from_v4(0x0a000000 + 256 * i).to_string(), 1, Fate::kSilent);
  }
  return fleet;
}

TEST(RenderText, CutsLongListsOfGroupsUnlessAskedForAll) {
  const Swept swept = sweep_of(many_groups(kGroupLinesMax + 2));
  const auto is_group = [](const std::string& line) { return line.contains("  DOWN  "); };
  const auto cut = lines_of(rendered(swept, Format::kText));
  EXPECT_EQ(std::ranges::count_if(cut, is_group), kGroupLinesMax);
  EXPECT_THAT(cut, testing::Contains("and 2 more groups (--all lists them)"));
  const auto whole = lines_of(rendered(swept, Format::kText, true));
  EXPECT_EQ(std::ranges::count_if(whole, is_group), kGroupLinesMax + 2);
}

TEST(RenderText, DoesNotMentionTheLimitWhenItIsJustReached) {
  const std::string text = rendered(sweep_of(many_groups(kGroupLinesMax)), Format::kText);
  EXPECT_THAT(text, Not(HasSubstr("more group")));
}

TEST(RenderText, CutsTheLeastSevereGroups) {
  Fleet fleet;
  for (std::uint32_t i = 0; i < kGroupLinesMax; ++i) {
    fleet.group("closed" + std::to_string(i))
        .add(Address::from_v4(0x0a000000 + 256 * i).to_string(), 1, Fate::kRefuses);
  }
  fleet.group("half").add("10.9.0.1", 1, Fate::kOpens).add("10.9.0.2", 1, Fate::kSilent);
  fleet.group("gone").add("10.9.1.1", 1, Fate::kSilent);
  const std::string text = rendered(sweep_of(fleet), Format::kText);
  EXPECT_THAT(text, HasSubstr("half      PARTIAL"));
  EXPECT_THAT(text, HasSubstr("gone      DOWN"));
  EXPECT_THAT(text, HasSubstr("closed97  SERVICE_DOWN"));
  EXPECT_THAT(text, Not(HasSubstr("closed98")));
  EXPECT_THAT(text, HasSubstr("and 2 more groups"));
}

// Racks r0, r1, ... of two groups each, all down, each group with a note.
Fleet many_parents(std::uint32_t count) {
  Fleet fleet;
  fleet.group("up").add("192.0.2.1", 1, Fate::kOpens);
  for (std::uint32_t i = 0; i < 2 * count; ++i) {
    fleet.group("g" + std::to_string(i), "r" + std::to_string(i / 2), "hint")
        .add(Address::from_v4(0x0a000000 + 256 * i).to_string(), 1, Fate::kSilent);
  }
  return fleet;
}

TEST(RenderText, CountsTheGroupsOfTheParentsThatItLeavesOut) {
  const std::string text = rendered(sweep_of(many_parents(kGroupLinesMax + 3)), Format::kText);
  EXPECT_THAT(text, HasSubstr("\nr99  DOWN  all 2 groups asked (2 addresses): g198-g199\n"));
  EXPECT_THAT(text, Not(HasSubstr("r100")));
  EXPECT_THAT(text, HasSubstr("\nand 6 more groups (--all lists them)\n"));
}

TEST(RenderText, CutsTheNotesUnderAParentUnlessAskedForAll) {
  Fleet fleet;
  fleet.group("up").add("192.0.2.1", 1, Fate::kOpens);
  for (std::uint32_t i = 0; i < kNotesMax + 2; ++i) {
    fleet.group("g" + std::to_string(i), "rack7", "hint " + std::to_string(i))
        .add(Address::from_v4(0x0a000000 + 256 * i).to_string(), 1, Fate::kSilent);
  }
  const std::string cut = rendered(sweep_of(fleet), Format::kText);
  EXPECT_THAT(cut, HasSubstr("\n    note on g7: hint 7\n    2 more notes (--all lists them)\n"));
  const std::string all = rendered(sweep_of(fleet), Format::kText, true);
  EXPECT_THAT(all, HasSubstr("missing 10.0.9.0\n    note: hint 9\n"));
  EXPECT_THAT(all, Not(HasSubstr("more note")));
}

TEST(RenderText, PrintsNoNoteOfAGroupThatIsUp) {
  const Swept swept = sweep_of(Fleet()
                                   .group("a", "rack7", "secret of a")
                                   .add("10.0.0.1", 1, Fate::kOpens)
                                   .group("b", "rack7", "secret of b")
                                   .add("10.0.1.1", 1, Fate::kRefuses));
  for (const bool all : {false, true}) {
    const std::string text = rendered(swept, Format::kText, all);
    EXPECT_THAT(text, Not(HasSubstr("secret of a")));
    EXPECT_THAT(text, HasSubstr("\n    note: secret of b\n"));
  }
}

TEST(RenderJson, KeepsTheGroupsOfAParentAndNamesParentAndNoteWhereThereAreAny) {
  const auto document = ordered_json::parse(rendered(
      sweep_of(many_parents(1).group("alone").add("10.9.0.1", 1, Fate::kSilent)), Format::kJson));
  EXPECT_EQ(document["parents_down"],
            ordered_json::parse(R"([{"parent":"r0","groups":2,"expected":2}])"));
  const auto& groups = document["groups_not_up"];
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[1]["group"], "g1");
  EXPECT_EQ(groups[1]["parent"], "r0");
  EXPECT_EQ(groups[1]["note"], "hint");
  EXPECT_FALSE(groups[2].contains("parent") || groups[2].contains("note"));
}

TEST(RenderText, SaysThatSilenceIsNotConfirmedOnlyWhereThereIsSilence) {
  Swept up = sweep_of(Fleet().group("a").add("10.0.0.1", 9, Fate::kOpens));
  up.result.rechecked = false;
  EXPECT_THAT(rendered(up, Format::kText), Not(HasSubstr("not confirmed")));
  Swept silent = sweep_of(Fleet().group("a").add("10.0.0.1", 9, Fate::kSilent));
  EXPECT_THAT(rendered(silent, Format::kText), Not(HasSubstr("not confirmed")));
  EXPECT_THAT(rendered(silent, Format::kText), HasSubstr("every full connect too"));
  silent.result.rechecked = false;
  EXPECT_THAT(rendered(silent, Format::kText), HasSubstr("Silence is not confirmed"));
  EXPECT_THAT(rendered(silent, Format::kText), Not(HasSubstr("full connect too")));
}

TEST(Render, LeavesAFailedStreamFailed) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const Swept swept = web42();
  for (const Format format : {Format::kText, Format::kJson, Format::kNdjson, Format::kCsv}) {
    render(out, swept.table, swept.result, {.format = format, .all = true});
    EXPECT_TRUE(out.bad());
  }
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace rollcall::cli
