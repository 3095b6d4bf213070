// Tests the formats of alerts: the payload, the Alertmanager's JSON, the mail, the signature.
#include "scheduler/alert/alert.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "scheduler/alert/alertmanager.h"
#include "scheduler/alert/command.h"
#include "scheduler/alert/mail.h"
#include "scheduler/alert/transport/mail_text.h"
#include "scheduler/alert/webhook.h"
#include "scheduler/history/incident_json.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::alert {
namespace {

using history::testing::at;
using history::testing::incident;
using nlohmann::json;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Alert alert() {
  return {AlertKind::kIncident, at(5), "fra1", "mon1", watch::IncidentChange::kChanged,
          incident("web42", 1)};
}

json body(const Alert& alert) {
  return json::parse(alertmanager_body({{alert}}, at(60), minutes(4)));
}

TEST(AnAlertmanagerBody, HoldsManyAlertsAndTellsTheHeartbeatsOfTwoVantagesApart) {
  const std::vector<Alert> alerts{{AlertKind::kHeartbeat, at(5), "fra1", "mon1"},
                                  {AlertKind::kHeartbeat, at(5), "fra1", "mon2"},
                                  alert()};
  const json list = json::parse(alertmanager_body(alerts, at(60), minutes(4)));
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].at("labels"),
            (json{{"alertname", "RollcallHeartbeat"}, {"site", "fra1"}, {"vantage", "mon1"}}));
  EXPECT_EQ(list[1].at("labels").at("vantage"), "mon2");
  EXPECT_FALSE(list[2].at("labels").contains("vantage")) << "both vantages speak of one incident";
}

TEST(ALink, IsTheAlertsGeneratorAndIsReadBack) {
  Alert linked = alert();
  linked.page = "https://noc.example.net/rollcall/#group=web42";
  EXPECT_EQ(body(linked).at(0).at("generatorURL"), linked.page);
  EXPECT_FALSE(body(alert()).at(0).contains("generatorURL"));
  const auto read = alert_from({.created_at = at(5), .payload = to_payload(linked)});
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->page, linked.page);
  EXPECT_FALSE(json::parse(to_payload(alert())).contains("page"));
}

TEST(APayload, SaysEverythingAndIsReadBack) {
  const std::string payload = to_payload(alert());
  const json document = json::parse(payload);
  EXPECT_EQ(document.at("schema"), "rollcall.alert/1");
  EXPECT_EQ(document.at("kind"), "incident");
  EXPECT_EQ(document.at("change"), "changed");
  EXPECT_EQ(document.at("incident").at("missing").at(0), "10.0.42.218-10.0.42.254");
  EXPECT_EQ(document.at("lists_complete"), true);
  const auto read = alert_from({.created_at = at(5), .payload = payload});
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->incident.sentence, alert().incident.sentence);
  EXPECT_EQ(read->incident.started_at, at(1));
  EXPECT_EQ(read->site, "fra1");
  EXPECT_EQ(read->at, at(5));
}

TEST(APayload, IsBoundedHoweverLongTheListsAreAndSaysThatItCut) {
  Alert long_one = alert();
  long_one.incident.missing.assign(100'000, std::string(400, '\x01'));
  const std::string payload = to_payload(long_one);
  EXPECT_LE(payload.size(), history::kPayloadBytesMax);
  EXPECT_EQ(json::parse(payload).at("lists_complete"), false);
  EXPECT_EQ(json::parse(payload).at("incident").at("expected"), 254);
}

TEST(APayload, ThatMakesNoSenseIsAnError) {
  for (const char* text : {"", "{", "[]", "{}", R"({"kind":"incident"})", R"({"kind":"x"})",
                           R"({"kind":"incident","site":"","vantage":"","change":"x"})",
                           R"({"kind":"test","site":1,"vantage":""})"}) {
    EXPECT_FALSE(alert_from({.key = "k", .payload = text})) << text;
  }
}

TEST(AnAlertmanagerBody, KnowsAnAlertByNameGroupAndSiteAlone) {
  Alert worse = alert();
  worse.vantage = "mon2";
  worse.incident.now = watch::Trouble::kDown;
  worse.incident.answering = 0;
  const json labels{{"alertname", "RollcallGroup"}, {"group", "web42"}, {"site", "fra1"}};
  EXPECT_EQ(body(alert()).at(0).at("labels"), labels);
  EXPECT_EQ(body(worse).at(0).at("labels"), labels);
  const json notes = body(worse).at(0).at("annotations");
  EXPECT_EQ(notes.at("vantage"), "mon2");
  EXPECT_EQ(notes.at("trouble"), "down");
  EXPECT_EQ(notes.at("answering"), "0");
  EXPECT_EQ(notes.at("expected"), "254");
  EXPECT_EQ(notes.at("missing"), "10.0.42.218-10.0.42.254");
  EXPECT_EQ(notes.at("summary"), alert().incident.sentence);
  EXPECT_EQ(notes.at("note"), alert().incident.note);
  EXPECT_EQ(notes.at("label_rack"), "r7");
}

TEST(AnAlertmanagerBody, FiresForAWhileAndEndsWhenTheIncidentEnded) {
  EXPECT_EQ(body(alert()).at(0).at("startsAt"), history::to_text(at(1)));
  EXPECT_EQ(body(alert()).at(0).at("endsAt"), history::to_text(at(60) + minutes(4)));
  Alert ended = alert();
  ended.change = watch::IncidentChange::kEnded;
  ended.incident.ended_at = at(50);
  EXPECT_EQ(body(ended).at(0).at("endsAt"), history::to_text(at(50)));
  ended.incident.ended_at = at(-1000);  // the wall clock was set back
  EXPECT_GT(body(ended).at(0).at("endsAt"), body(ended).at(0).at("startsAt"));
}

TEST(AnAlertmanagerBody, SaysWhatIsTrueNowAlsoWhenTheClockWasSetBackSince) {
  Alert firing = alert();
  firing.incident.started_at = at(3600);
  EXPECT_LT(body(firing).at(0).at("startsAt"), history::to_text(at(60)));
  EXPECT_EQ(body(firing).at(0).at("endsAt"), history::to_text(at(60) + minutes(4)));
  Alert ended = firing;
  ended.change = watch::IncidentChange::kEnded;
  ended.incident.ended_at = at(4000);
  EXPECT_EQ(body(ended).at(0).at("endsAt"), history::to_text(at(60)));
  EXPECT_LT(body(ended).at(0).at("startsAt"), body(ended).at(0).at("endsAt"));
}

TEST(AnAlertmanagerBody, MakesAnnotationNamesOfLabelsThatCouldNotBeOnes) {
  Alert odd = alert();
  odd.incident.labels = {{"data center/ä", "x"}};
  EXPECT_EQ(body(odd).at(0).at("annotations").at("label_data_center___"), "x");
}

TEST(ASignature, IsTheHmacThatTheStandardGives) {
  // RFC 4231 section 4.3.
  EXPECT_EQ(signature_of("what do ya want for nothing?", Secret("Jefe")),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// The header lines, and what is below them.
std::pair<std::string, std::string> mail_of(const Alert& alert) {
  const std::string text = mail_text(
      alert, {"rollcall@example.org", {"a@example.org", "b@example.org"}, "abc123"}, at(0));
  const auto end = text.find("\r\n\r\n");
  return {text.substr(0, end + 2), text.substr(end + 4)};
}

TEST(AMail, HasTheHeadersThatOneNeeds) {
  const auto [headers, body] = mail_of(alert());
  EXPECT_EQ(headers,
            "Date: Mon, 05 Jan 2026 08:00:00 +0000\r\n"
            "From: <rollcall@example.org>\r\n"
            "To: <a@example.org>,\r\n"
            " <b@example.org>\r\n"
            "Subject: [rollcall] [changed] web42: 217 of 254 answer\r\n"
            "Message-ID: <abc123@example.org>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n");
}

TEST(AMail, TakesNoHeaderFromOutside) {
  for (const char* hostile : {"x\r\nBcc: evil@example.org\r\n\r\nbody", "x\nBcc: e@example.org",
                              "x\rBcc: e@example.org", "=?UTF-8?B?DQpCY2M6IGU=?=\r\n .\r\n"}) {
    Alert with = alert();
    with.incident.subject = hostile;
    with.incident.sentence = hostile;
    with.site = hostile;
    const auto [headers, body] = mail_of(with);
    EXPECT_THAT(headers, Not(HasSubstr("\nBcc"))) << hostile;
    EXPECT_THAT(headers, Not(HasSubstr("\rBcc"))) << hostile;
    EXPECT_EQ(body.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789+/=\r\n"),
              std::string::npos);
  }
}

TEST(AMail, EncodesASubjectThatIsMoreThanAscii) {
  Alert with = alert();
  with.incident.sentence = std::string(100, 'x') + " böse";
  for (std::string text :
       {with.incident.sentence, std::string("\xff\xff\xff"), std::string(500, '\x80')}) {
    with.incident.sentence = text;
    const auto [headers, body] = mail_of(with);
    EXPECT_THAT(headers, HasSubstr("Subject: =?UTF-8?B?"));
    for (std::size_t begin = 0; begin < headers.size();) {
      const auto end = headers.find("\r\n", begin);
      EXPECT_LE(end - begin, 90U);
      begin = end + 2;
    }
  }
}

TEST(AMailAddress, IsOneAndNothingMore) {
  EXPECT_TRUE(is_mail_address("on-call+rollcall@mail.example.org"));
  for (const char* bad : {"", "x", "@x", "x@", "a@b@c", "a@b>\r\nRCPT TO:<c@d", "a b@c", "a@b,c@d",
                          "\xc3\xa4@b", "a@b\n"}) {
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  }
}

TEST(Settings, ThatCannotWorkAreRefusedAtOnceWithoutShowingASecret) {
  EXPECT_FALSE(make_alertmanager({.name = "am", .url = "am1:9093"}));
  EXPECT_FALSE(make_alertmanager({.name = "am", .url = "ftp://am1"}));
  EXPECT_FALSE(make_webhook({.name = "hook", .url = "file:///etc/passwd"}));
  EXPECT_FALSE(make_webhook({.name = "hook", .url = "http://a\r\nHost: b/"}));
  const auto with_password =
      make_webhook({.name = "hook", .url = "https://u:hunter2@example.org/"});
  ASSERT_FALSE(with_password);
  EXPECT_THAT(with_password.error().to_string(), Not(HasSubstr("hunter2")));
  EXPECT_FALSE(make_command({.name = "run", .argv = {}}));
  EXPECT_FALSE(make_command({.name = "run", .argv = {"true"}}));
  EXPECT_FALSE(make_command({.name = "run", .argv = {"not/an/absolute/path"}}));
  EXPECT_FALSE(make_mail({.name = "mail", .server = {.url = "smtp://h"}, .from = "a@b"}));
  EXPECT_FALSE(
      make_mail({.name = "mail", .server = {.url = "smtp://h"}, .from = "a@b", .to = {"c"}}));
  EXPECT_TRUE(
      make_mail({.name = "mail", .server = {.url = "smtp://h:25"}, .from = "a@b", .to = {"c@d"}}));
}

TEST(ASecret, IsReadFromAFileOrTheEnvironmentAndIsOneLine) {
  const history::testing::TemporaryFolder folder;
  std::ofstream(folder.file("key")) << "hunter2\n";
  std::ofstream(folder.file("empty")) << "\n";
  std::ofstream(folder.file("long")) << std::string(5000, 'x');
  ::setenv("ROLLCALL_TEST_SECRET", "from there", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(Secret::read({.file = folder.file("key")}).value().reveal(), "hunter2");
  EXPECT_EQ(Secret::read({.environment = "ROLLCALL_TEST_SECRET"}).value().reveal(), "from there");
  EXPECT_FALSE(Secret::read({}));
  EXPECT_FALSE(Secret::read({.file = folder.file("key"), .environment = "ROLLCALL_TEST_SECRET"}));
  EXPECT_FALSE(Secret::read({.file = folder.file("absent")}));
  EXPECT_FALSE(Secret::read({.file = folder.file("empty")}));
  EXPECT_FALSE(Secret::read({.file = folder.path()}));
  EXPECT_FALSE(Secret::read({.environment = "ROLLCALL_NO_SUCH_VARIABLE"}));
  const auto too_long = Secret::read({.file = folder.file("long")});
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().to_string(), Not(HasSubstr("xxx")));
}

}  // namespace
}  // namespace rollcall::alert
