#include "cli/render/status_text.h"

#include <gmock/gmock.h>

namespace rollcall::cli {
namespace {

using Json = nlohmann::ordered_json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Json healthy() {
  const Json sweep = {{"started_at", "2026-11-26T03:00:00Z"},
                      {"targets", 508},
                      {"open", 508},
                      {"closed", 0},
                      {"missing", 0},
                      {"unknown", 0},
                      {"conclusive", true},
                      {"reason", ""}};
  return {{"sentence", "508 of 508 addresses answer"},
          {"inventory", {{"targets", 508}, {"groups", 2}}},
          {"last_sweep", sweep},
          {"ready", true},
          {"blind", false},
          {"vantage", {{"problems", Json::array()}, {"remarks", Json::array()}}},
          {"groups_not_up", Json::array()},
          {"never_answered", 0},
          {"groups_never_answered", Json::array()},
          {"incidents", Json::array()},
          {"silences", Json::array()}};
}

Json trouble_of(const char* trouble) {
  return {
      {"group", "web02"},        {"trouble", trouble}, {"settling", false},
      {"expected", 254},         {"answering", 200},   {"missing", {"198.18.2.201-198.18.2.254"}},
      {"closed", Json::array()}, {"suspects", 0},      {"note", ""},
      {"silenced", false}};
}

TEST(AStatus, IsNoSuccessWhileSomethingListedHasNeverAnswered) {
  Json status = healthy();
  EXPECT_EQ(exit_code_of_status(status), 0);
  status["never_answered"] = 3;
  EXPECT_EQ(exit_code_of_status(status), 1);
  EXPECT_THAT(text_of_status(status), HasSubstr("listed, but never answered so far: 3 addresses"));
  EXPECT_THAT(text_of_status(status), Not(HasSubstr("all groups are up")));
}

TEST(AStatus, IsNoSuccessWhileSomethingThatTheWatchNeedsFails) {
  Json status = healthy();
  Json incident = {{"subject", "inventory source /etc/rollcall/more.csv"},
                   {"scope", "dependency"},
                   {"sentence", "fails since 2026-11-25 03:00 UTC: cannot read it"},
                   {"started_at", "2026-11-25T03:00:00Z"},
                   {"ended_at", nullptr},
                   {"flapping", false},
                   {"note", ""},
                   {"verified_by", Json::array()}};
  status["incidents"] = {incident};
  EXPECT_EQ(exit_code_of_status(status), 1);
  EXPECT_THAT(text_of_status(status), HasSubstr("more.csv  fails since 2026-11-25 03:00 UTC"));
  status["groups_not_up"] = {trouble_of("partial")};
  EXPECT_EQ(exit_code_of_status(status), 2);
  status["groups_not_up"] = Json::array();
  status["blind"] = true;
  EXPECT_EQ(exit_code_of_status(status), 3);
  status["blind"] = false;
  incident["scope"] = "group";
  status["incidents"] = {incident};
  EXPECT_EQ(exit_code_of_status(status), 0) << "groups are in groups_not_up";
}

TEST(AStatus, OfAHealthyFleetIsShort) {
  EXPECT_EQ(text_of_status(healthy()),
            "watching 508 targets in 2 groups\n"
            "last sweep: 2026-11-26T03:00:00Z, 508 targets, 508 open, 0 closed, 0 not answering\n"
            "\nall groups are up\n");
  EXPECT_EQ(exit_code_of_status(healthy()), 0);
}

// A watch that hears nothing for hours knows of no trouble either.
TEST(AStatus, OfABlindWatchClaimsNothing) {
  Json blind = healthy();
  blind["ready"] = false;
  blind["last_sweep"]["conclusive"] = false;
  blind["vantage"]["problems"] = {"no sound sweep within two intervals"};
  const std::string text = text_of_status(blind);
  EXPECT_THAT(text, HasSubstr("0 not answering; inconclusive\n"
                              "problem: no sound sweep within two intervals\n"));
  EXPECT_THAT(text, Not(HasSubstr("all groups are up")));
  EXPECT_THAT(text, EndsWith("\nno group was in trouble when that was last known\n"));
  EXPECT_EQ(exit_code_of_status(blind), 3);

  blind["groups_not_up"] = {trouble_of("partial")};
  EXPECT_EQ(exit_code_of_status(blind), 2) << "what is missing is not hidden";
  blind["groups_not_up"] = {trouble_of("service_down")};
  EXPECT_EQ(exit_code_of_status(blind), 3);
}

TEST(AStatus, TellsWhatIsNotTheWatchsDoingAsARemark) {
  Json outage = healthy();
  outage["vantage"]["remarks"] = {"508 targets fell silent at once\x1b[2J"};
  outage["groups_not_up"] = {trouble_of("partial")};
  EXPECT_THAT(text_of_status(outage),
              HasSubstr("\nremark: 508 targets fell silent at once\\x1b[2J\n\nweb02  partial"));
  EXPECT_EQ(exit_code_of_status(outage), 2);
}

TEST(AStatus, NamesFailedSweepsAndIsNotKnown) {
  Json failing = healthy();
  failing["blind"] = true;
  failing["vantage"]["problems"] = {"the last sweep failed: no way to any target"};
  EXPECT_THAT(text_of_status(failing), HasSubstr("problem: the last sweep failed: no way"));
  EXPECT_EQ(exit_code_of_status(failing), 3);
}

}  // namespace
}  // namespace rollcall::cli
