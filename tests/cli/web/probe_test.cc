#include "cli/web/metrics/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/web/small_view.h"

namespace rollcall::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using watch::TargetState;

FleetSnapshot small() {
  return view_of({
      {{"10.0.1.1", 80, "web01"}, TargetState::kUp, 250},
      {{"10.0.1.1", 443, "other"}, TargetState::kUp, 1'500},
      {{"10.0.1.2", 80, "web01"}, TargetState::kMissing},
      {{"10.0.1.3", 80, "web01"}, TargetState::kUp, 250},
      {{"10.0.1.3", 443, "other"}, TargetState::kClosed, 300},
      {{"10.0.1.4", 80, "web01"}, TargetState::kNeverAnswered},
      {{"10.0.1.5", 80, "web01"}, TargetState::kSuspect},
      {{"10.0.1.6", 80, "web01"}, TargetState::kNew},
      {{"2001:db8::1", 80, "six"}, TargetState::kUp, 900},
  });
}

using Query = std::vector<std::pair<std::string, std::string>>;

Response asked(Query query, const FleetSnapshot& view = small()) {
  Request request;
  request.query = std::move(query);
  request.view = std::make_shared<const FleetSnapshot>(view);
  request.now = kViewNow;
  return probe_answer(request);
}

std::string body_of(const Response& response) {
  return std::get<std::string>(response.body);
}

TEST(Probe, AnswersWhatTheWatchHolds) {
  const struct {
    const char* description;
    Query query;
    const char* success;
  } kCases[] = {
      {"up", {{"target", "10.0.1.1:80"}}, "probe_success 1\n"},
      {"missing", {{"target", "10.0.1.2:80"}}, "probe_success 0\n"},
      {"never answered", {{"target", "10.0.1.4:80"}}, "probe_success 0\n"},
      {"suspected alone", {{"target", "10.0.1.5:80"}}, "probe_success 1\n"},
      {"closed", {{"target", "10.0.1.3:443"}}, "probe_success 0\n"},
      {"closed, but bound", {{"target", "10.0.1.3:443"}, {"module", "icmp"}}, "probe_success 1\n"},
      {"all ports, in two groups", {{"target", "10.0.1.1"}}, "probe_success 1\n"},
      {"all ports, one closed",
       {{"target", "10.0.1.3"}, {"module", "tcp_connect"}},
       "probe_success 0\n"},
      {"IPv6", {{"target", "[2001:db8::1]:80"}}, "probe_success 1\n"},
  };
  for (const auto& test : kCases) {
    const Response response = asked(test.query);
    EXPECT_EQ(response.status, 200U) << test.description;
    EXPECT_THAT(body_of(response), HasSubstr(test.success)) << test.description;
  }
}

TEST(Probe, TellsTheLongestRoundTripAndNoneWhereNobodyAnswered) {
  EXPECT_THAT(body_of(asked({{"target", "10.0.1.1"}})),
              HasSubstr("\nprobe_duration_seconds 0.0015\n"));
  EXPECT_THAT(body_of(asked({{"target", "10.0.1.2"}})), Not(HasSubstr("probe_duration_seconds")));
}

TEST(Probe, TellsTheProtocolAndTheTargetsOfTheAddressByState) {
  const std::string body = body_of(asked({{"target", "10.0.1.3"}}));
  EXPECT_THAT(body, HasSubstr("\nprobe_ip_protocol 4\n"));
  EXPECT_THAT(body, HasSubstr("\nrollcall_probe_targets{state=\"closed\"} 1\n"));
  EXPECT_THAT(body_of(asked({{"target", "2001:db8::1"}})), HasSubstr("\nprobe_ip_protocol 6\n"));
}

TEST(Probe, RefusesWhatItCannotAnswer) {
  const struct {
    const char* description;
    Query query;
    unsigned status;
  } kCases[] = {
      {"no target", {}, 400},
      {"a name", {{"target", "www.example.net"}}, 400},
      {"a URL", {{"target", "http://10.0.1.1/"}}, 400},
      {"a prefix", {{"target", "10.0.1.0/24"}}, 400},
      {"a range", {{"target", "10.0.1.1-10.0.1.2"}}, 400},
      {"nothing", {{"target", ""}}, 400},
      {"a port too large", {{"target", "10.0.1.1:99999"}}, 400},
      {"a module that needs more than a SYN",
       {{"target", "10.0.1.1"}, {"module", "http_2xx"}},
       400},
      {"an address out of scope", {{"target", "192.0.2.1"}}, 404},
      {"a port out of scope", {{"target", "10.0.1.1:22"}}, 404},
      {"not judged yet", {{"target", "10.0.1.6:80"}}, 503},
  };
  for (const auto& test : kCases) {
    const Response response = asked(test.query);
    EXPECT_EQ(response.status, test.status) << test.description;
    EXPECT_EQ(response.content_type, "application/problem+json") << test.description;
  }
}

TEST(Probe, NeverSaysDownWhenTheWatchItselfCannotTell) {
  FleetSnapshot view = small();
  view.ready_until = kViewNow;
  EXPECT_EQ(asked({{"target", "10.0.1.2:80"}}, view).status, 503U);
}

}  // namespace
}  // namespace rollcall::web
