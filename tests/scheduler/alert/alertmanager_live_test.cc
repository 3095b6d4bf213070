// Tests against a real Alertmanager on loopback in the test's own network namespace. An alert
// appears, changes and ends. No alert appears twice, and no page is sent twice.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <thread>

#include "scheduler/alert/alertmanager.h"
#include "scheduler/alert/announcer.h"
#include "scheduler/alert/outbox.h"
#include "tests/scheduler/alert/real_alertmanager.h"
#include "tests/scheduler/history/testing.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::alert {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;
using testing::Sink;
using ::testing::SizeIs;
using enum watch::IncidentChange;

constexpr int kPort = 9093;
constexpr int kSinkPort = 8080;
const std::string kUrl = "http://127.0.0.1:9093";
const std::string kNobodyUrl = "http://127.0.0.1:9095";

class AnAlertmanager : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    lab::run("ip link set lo up");
    sink_ = std::make_unique<Sink>("http", kSinkPort);
    start_alertmanager();
    std::vector<std::unique_ptr<Receiver>> receivers;
    for (const auto& [name, url] : {std::pair{"am1", kUrl}, {"am2", kNobodyUrl}}) {
      auto receiver = make_alertmanager({.name = name, .url = url, .hold = seconds(60)});
      ASSERT_TRUE(receiver);
      receivers.push_back(*std::move(receiver));
    }
    outbox_ = std::make_unique<Outbox>(std::move(receivers), clock_);
  }
  void start_alertmanager() {
    alertmanager_ =
        std::make_unique<testing::RealAlertmanager>(kPort, kSinkPort, folder_.file("data"));
  }

  // Alerts that fire, by the API.
  static std::vector<json> firing(const std::string& alertname = "RollcallGroup") {
    return testing::firing(kPort, alertname);
  }
  void tell(const watch::IncidentEvent& event) {
    outbox_->add(announcer_.on_event(event, {}).messages);
  }
  void repeat() { outbox_->add(announcer_.repeats(clock_.wall(), true)); }
  // The status of the next page about a group that the sink gets.
  std::string next_page(milliseconds patience = seconds(15)) {
    const auto got = sink_->next(patience);
    if (!got) return "";
    const json page = json::parse(got->at("body").get<std::string>());
    EXPECT_THAT(page.at("alerts"), SizeIs(1));
    return page.at("alerts").at(0).at("status");
  }
  // One that began just now, for the Alertmanager's clock is real.
  watch::Incident fresh_incident() const {
    auto incident = history::testing::incident("web42", 1);
    incident.started_at = clock_.wall() - seconds(1);
    return incident;
  }

  history::testing::TemporaryFolder folder_;
  SystemClock clock_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<testing::RealAlertmanager> alertmanager_;
  Announcer announcer_{{.site = "fra1",
                        .vantage = "mon1",
                        .recipients = {{.name = "am1", .newest_only = true, .heartbeat = true},
                                       {.name = "am2", .newest_only = true}}}};
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(AnAlertmanager, HasOneAlertThatAppearsChangesAndEndsAndPagesOnceForEach) {
  auto incident = fresh_incident();
  tell({kOpened, clock_.wall(), incident, ""});
  ASSERT_TRUE(eventually([] { return firing().size() == 1; }));
  const std::string fingerprint = firing()[0].at("fingerprint");
  EXPECT_EQ(firing()[0].at("labels"),
            (json{{"alertname", "RollcallGroup"}, {"group", "web42"}, {"site", "fra1"}}));
  EXPECT_EQ(firing()[0].at("annotations").at("answering"), "217");
  EXPECT_EQ(next_page(), "firing");

  incident.now = watch::Trouble::kDown;
  incident.answering = 0;
  tell({kChanged, clock_.wall(), incident, ""});
  ASSERT_TRUE(eventually(
      [] { return firing().size() == 1 && firing()[0].at("annotations").at("answering") == "0"; }));
  EXPECT_EQ(firing()[0].at("fingerprint"), fingerprint);

  repeat();
  ASSERT_TRUE(eventually([] { return firing("RollcallHeartbeat").size() == 1; }));
  EXPECT_EQ(next_page(), "firing");  // the heartbeat's own
  EXPECT_THAT(firing(), SizeIs(1));

  incident.ended_at = clock_.wall();
  tell({kEnded, clock_.wall(), incident, ""});
  ASSERT_TRUE(eventually([] { return firing().empty(); }));
  EXPECT_EQ(next_page(), "resolved");
  repeat();
  EXPECT_EQ(next_page(seconds(3)), "") << "what is said again pages nobody";
  EXPECT_THAT(firing(), SizeIs(0));
}

TEST_F(AnAlertmanager, ThatIsDownDelaysNobodyAndLearnsThePresentStateWhenItIsBack) {
  auto incident = fresh_incident();
  tell({kOpened, clock_.wall(), incident, ""});
  ASSERT_TRUE(eventually([] { return firing().size() == 1; }));
  alertmanager_.reset();
  incident.ended_at = clock_.wall();
  tell({kEnded, clock_.wall(), incident, ""});
  auto next = fresh_incident();
  next.id.value = "web43@2";
  next.subject = "web43";
  tell({kOpened, clock_.wall(), next, ""});
  const auto status = [&](std::size_t which) { return outbox_->status().at(which); };
  ASSERT_TRUE(eventually([&] { return status(0).failing && status(1).failing; }));
  EXPECT_EQ(status(0).waiting, 2U);

  start_alertmanager();
  ASSERT_TRUE(eventually(
      [] { return firing().size() == 1 && firing()[0].at("labels").at("group") == "web43"; }));
  EXPECT_TRUE(eventually([&] { return status(0).waiting == 0; }));
}

TEST_F(AnAlertmanager, MakesOneAlertOfWhatTwoVantagesSay) {
  Announcer other(
      {.site = "fra1", .vantage = "mon2", .recipients = {{.name = "am1", .newest_only = true}}});
  const auto incident = fresh_incident();
  tell({kOpened, clock_.wall(), incident, ""});
  ASSERT_TRUE(eventually([] { return firing().size() == 1; }));
  outbox_->add(other.on_event({kOpened, clock_.wall(), incident, ""}, {}).messages);
  ASSERT_TRUE(eventually([] { return firing().at(0).at("annotations").at("vantage") == "mon2"; }));
  EXPECT_THAT(firing(), SizeIs(1));
}

// A round of three requests takes 7.5 s here, longer than the 4 s that alerts last by themselves.
TEST_F(AnAlertmanager, BehindASlowProxyNeverSeesAnOpenIncidentEnd) {
  constexpr std::size_t kIncidents = 1200;
  const Sink proxy("slow", 9094, {kUrl, "2.5"});
  std::vector<std::unique_ptr<Receiver>> receivers;
  receivers.push_back(
      make_alertmanager({.name = "am1", .url = "http://127.0.0.1:9094", .hold = seconds(4)})
          .value());
  Outbox outbox(std::move(receivers), clock_);
  Announcer announcer(
      {.site = "fra1", .recipients = {{.name = "am1", .newest_only = true, .heartbeat = true}}});
  for (std::size_t i = 0; i < kIncidents; ++i) {
    auto incident = fresh_incident();
    incident.id.value = std::to_string(i);
    incident.subject = "group" + std::to_string(i);
    outbox.add(announcer.on_event({kOpened, clock_.wall(), incident, ""}, {}).messages);
  }
  std::size_t most = 0;
  for (int round = 0; round < 25; ++round) {
    outbox.add(announcer.repeats(clock_.wall(), true));
    std::this_thread::sleep_for(seconds(1));
    const std::size_t now = firing().size();
    EXPECT_GE(now, most) << "an open incident ended in round " << round;
    most = std::max(most, now);
  }
  EXPECT_EQ(most, kIncidents);
}

}  // namespace
}  // namespace rollcall::alert
