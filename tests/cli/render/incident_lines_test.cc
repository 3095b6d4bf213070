#include "cli/render/incident_lines.h"

#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

nlohmann::ordered_json group(int answering, int suspects) {
  return {{"group", "web02"},
          {"trouble", nullptr},
          {"settling", false},
          {"expected", 254},
          {"answering", answering},
          {"missing", nlohmann::ordered_json::array()},
          {"closed", nlohmann::ordered_json::array()},
          {"suspects", suspects},
          {"note", ""},
          {"silenced", false}};
}

TEST(AGroupNotUp, IsNotSaidToAnswerWhileItIsSuspect) {
  EXPECT_EQ(group_lines(group(254, 154)),
            "web02  suspect  254 of 254 answered before; 154 targets fell silent or closed since, "
            "being confirmed\n");
}

TEST(AGroupNotUp, SaysWhatIsMissingAndThatItIsSilenced) {
  auto down = group(200, 0);
  down["trouble"] = "partial_after_reboot";
  down["missing"] = {"198.18.2.201-198.18.2.254"};
  down["silenced"] = true;
  down["note"] = "ask anna";
  EXPECT_EQ(group_lines(down),
            "web02  partial_after_reboot  200 of 254 answer; missing 198.18.2.201-198.18.2.254; "
            "silenced\n    note      ask anna\n");
}

}  // namespace
}  // namespace rollcall::cli
