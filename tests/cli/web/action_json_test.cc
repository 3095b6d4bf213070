#include "cli/web/action_json.h"

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

}  // namespace
}  // namespace rollcall::web
