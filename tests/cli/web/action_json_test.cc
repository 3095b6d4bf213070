#include "cli/web/api/action_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace rollcall::web {
namespace {

using ::testing::HasSubstr;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};

TEST(AVerification, CountsWhatFitsAndRefusesTheRest) {
  const auto read = [](const char* field, const char* number) {
    return verification_from(fmt::format(R"({{"group":"web1","by":"a","{}":{}}})", field, number),
                             kNow);
  };
  EXPECT_EQ(verification_from(R"({"group":"web1","by":"a"})", kNow)->expected, 0U);
  EXPECT_EQ(read("expected", "4294967295")->expected, UINT32_MAX);
  EXPECT_EQ(read("answering", "0")->answering, 0U);
  for (const char* field : {"expected", "answering"}) {
    for (const char* number : {"-1", "4294967296", "18446744073709551616", "-9223372036854775808",
                               "1.5", "1e3", "\"8\"", "true", "null", "[]"}) {
      const auto refused = read(field, number);
      ASSERT_FALSE(refused) << field << ' ' << number;
      EXPECT_THAT(refused.error().context, HasSubstr(std::string(field) + ": a whole number"));
    }
  }
}

TEST(ASilence, LastsForANumberOfSecondsWithinNinetyDays) {
  const auto read = [](const char* start, const char* duration) {
    return silence_from(fmt::format(R"({{"groups":["web1"],"author":"a","reason":"r",)"
                                    R"("start_in_s":{},"duration_s":{}}})",
                                    start, duration),
                        kNow);
  };
  const auto silence = read("0.5", "7776000");
  ASSERT_TRUE(silence);
  EXPECT_EQ(silence->starts_at, kNow + std::chrono::milliseconds(500));
  EXPECT_EQ(silence->ends_at - silence->starts_at, std::chrono::hours(90 * 24));
  for (const char* number : {"-1", "-1e300", "7776001", "1e300", "true", "null", "\"60\"", "{}"}) {
    EXPECT_FALSE(read("0", number)) << number;
    EXPECT_FALSE(read(number, "60")) << number;
  }
  EXPECT_FALSE(read("0", "0.5"));
}

// A silence for "web1" with a no-break space would mute nothing, and a sweep of blanks the fleet.
TEST(NamesInBodies, AreTheInventorysNames) {
  const auto silence = silence_from(
      R"({"groups":["web1\u00a0","cafe\u0301"],"labels":{"rack":"r\u200b1"},"author":"a",)"
      R"("reason":"r","duration_s":60})",
      kNow);
  ASSERT_TRUE(silence);
  EXPECT_THAT(silence->groups, ::testing::ElementsAre("web1", "caf\u00e9"));
  EXPECT_EQ(silence->labels.at("rack"), "r1");
  EXPECT_EQ(note_from(R"({"group":" web1\u2003","text":"t","author":"a"})", kNow)->group, "web1");
  EXPECT_EQ(verification_from(R"({"group":"\ufeffweb1","by":"a"})", kNow)->group, "web1");
  EXPECT_EQ(*group_to_sweep_from(R"({"group":"web1\u00a0"})"), "web1");
  EXPECT_EQ(*group_to_sweep_from(R"({"group":""})"), "");
  EXPECT_FALSE(group_to_sweep_from(R"({"group":"\u00a0"})"));
}

}  // namespace
}  // namespace rollcall::web
