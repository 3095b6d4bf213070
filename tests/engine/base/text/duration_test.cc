#include "engine/base/text/duration.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("168h"), 168h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("400d", 24h * 500), 24h * 400);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1d2h3m4s"), 26h + 3min + 4s);
  EXPECT_EQ(parse_duration("6d24h"), 168h);
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text :
       {"", "5", "m", "-5m", "5 m", "5min", "1.5h", "169h", "8d", "99999999999s", "5m ", "nan",
        "30m1h", "5m5m", "1h30", "1h 30m", "1h-5m", "6d25h", "4294967295d1h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseDuration, SaysTheLongest) {
  const auto error = [](const char* text, Duration longest) {
    return parse_duration(text, longest).error().context;
  };
  EXPECT_EQ(error("9999d", 24h * 365), "'9999d' is too long: 365d at most");
  EXPECT_EQ(error("99999999999s", 90s), "'99999999999s' is too long: 90s at most");
  EXPECT_EQ(error("37h", 36h), "'37h' is too long: 36h at most");
  EXPECT_EQ(error("99999999999", 90s),
            "'99999999999' is no length of time; write it as 90s, 5m, 1h or 1h30m");
}

TEST(DurationText, GrowsCoarserWithLength) {
  EXPECT_EQ(duration_text(4230ms), "4.2 s");
  EXPECT_EQ(duration_text(200s), "3 min 20 s");
  EXPECT_EQ(duration_text(2h + 5min + 30s), "2 h 5 min");
}

}  // namespace
}  // namespace rollcall
