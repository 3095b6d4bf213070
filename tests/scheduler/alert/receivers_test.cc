// Real receivers against real servers and programs, in a network namespace of the test's own.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "scheduler/alert/alert.h"
#include "scheduler/alert/command.h"
#include "scheduler/alert/mail.h"
#include "scheduler/alert/webhook.h"
#include "tests/scheduler/alert/process.h"
#include "tests/scheduler/history/testing.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::alert {
namespace {

using history::testing::at;
using history::testing::TemporaryFolder;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Sink;

constexpr int kPort = 8080;
const std::string kUrl = "http://127.0.0.1:8080";

class Receivers : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
    lab::run("ip link set lo up");
  }

  static history::OutboxMessage message(const std::string& sentence = "217 of 254 answer") {
    Alert alert{AlertKind::kIncident,
                at(5),
                "",
                "mon1",
                watch::IncidentChange::kOpened,
                history::testing::incident("web42", 1)};
    alert.incident.sentence = sentence;
    return {.key = "web42@1/opened/" + sentence, .receiver = "r", .payload = to_payload(alert)};
  }
  template <typename Settings>
  DeliveryOutcome deliver(Result<std::unique_ptr<Receiver>> (*make)(Settings), Settings settings,
                          const std::stop_token& stop = {}) {
    auto receiver = make(std::move(settings));
    if (!receiver) return {Acceptance::kRefused, "settings: " + receiver.error().to_string()};
    return (*receiver)->deliver(std::vector{message()}, {.now = at(6)}, stop);
  }
};

TEST_F(Receivers, AWebhookGetsThePayloadSignedWithTheSameKeyEachTime) {
  Sink sink("http", kPort);
  const WebhookSettings settings{.name = "hook",
                                 .url = kUrl + "/taken",
                                 .signing_key = Secret("hunter2"),
                                 .access = {.bearer = Secret("a token")}};
  std::set<std::string> keys;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(deliver(make_webhook, settings).taken, Acceptance::kYes);
    const auto got = sink.next();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->at("body"), message().payload);
    const auto& headers = got->at("headers");
    EXPECT_EQ(headers.at("x-rollcall-signature"),
              signature_of(message().payload, Secret("hunter2")));
    EXPECT_EQ(headers.at("content-type"), "application/json");
    EXPECT_EQ(headers.at("authorization"), "Bearer a token");
    keys.insert(headers.at("idempotency-key").get<std::string>());
  }
  EXPECT_THAT(keys, ::testing::SizeIs(1));
}

TEST_F(Receivers, AnAnswerSaysWhetherAMessageWasTakenIsRefusedOrComesAgain) {
  Sink sink("http", kPort);
  struct Case {
    const char* path;
    Acceptance taken;
  };
  for (const Case& each :
       {Case{"/taken", Acceptance::kYes}, Case{"/status/202", Acceptance::kYes},
        Case{"/status/400", Acceptance::kRefused}, Case{"/status/413", Acceptance::kRefused},
        Case{"/status/401", Acceptance::kTryAgain}, Case{"/status/404", Acceptance::kTryAgain},
        Case{"/status/429", Acceptance::kTryAgain}, Case{"/status/503", Acceptance::kTryAgain}}) {
    const DeliveryOutcome outcome =
        deliver(make_webhook, WebhookSettings{.name = "hook", .url = kUrl + each.path});
    EXPECT_EQ(outcome.taken, each.taken) << each.path << " " << outcome.reason;
    if (outcome.taken != Acceptance::kYes) {
      EXPECT_THAT(outcome.reason, HasSubstr("answer \\x1b")) << "control bytes are escaped";
    }
    EXPECT_TRUE(sink.next());
  }
}

TEST_F(Receivers, ASecretOfTheUrlIsHiddenInWhatTheServerRepeats) {
  Sink sink("http", kPort);
  const DeliveryOutcome outcome = deliver(
      make_webhook,
      WebhookSettings{.name = "hook", .url = kUrl + "/echo/XyZ0123456789/in?token=s3cret&a=b"});
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("no /echo/***/in?*** here"));
  EXPECT_THAT(outcome.reason, Not(HasSubstr("s3cret")));
  EXPECT_EQ(sink.next()->at("path"), "/echo/XyZ0123456789/in?token=s3cret&a=b");
}

TEST_F(Receivers, AUrlThatIsNoneIsToldWithoutItsSecrets) {
  const DeliveryOutcome outcome = deliver(
      make_webhook, WebhookSettings{.name = "hook", .url = "ftp://127.0.0.1/in?token=s3cret"});
  EXPECT_THAT(outcome.reason, HasSubstr("ftp://127.0.0.1/in?token=*** must begin with http://"));
}

TEST_F(Receivers, ARedirectIsNotFollowed) {
  Sink sink("http", kPort);
  const DeliveryOutcome outcome =
      deliver(make_webhook, WebhookSettings{.name = "hook", .url = kUrl + "/redirect"});
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("302"));
  EXPECT_EQ(sink.next()->at("path"), "/redirect");
  EXPECT_FALSE(sink.next(milliseconds(200)));
}

TEST_F(Receivers, AnEndlessAnswerIsReadButNotKept) {
  Sink sink("http", kPort);
  const DeliveryOutcome outcome =
      deliver(make_webhook, WebhookSettings{.name = "hook", .url = kUrl + "/flood"});
  EXPECT_EQ(outcome.taken, Acceptance::kYes);
}

TEST_F(Receivers, NobodyThereIsTriedAgain) {
  const DeliveryOutcome outcome =
      deliver(make_webhook, WebhookSettings{.name = "hook", .url = kUrl});
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("connect"));
}

TEST_F(Receivers, AReceiverThatNeverAnswersIsLeftSoonAfterTheStop) {
  Sink sink("http", kPort);
  std::stop_source source;
  std::jthread stopper([&] {
    EXPECT_TRUE(sink.next());  // it has the request, and will not answer
    source.request_stop();
  });
  const auto begun = steady_clock::now();
  const DeliveryOutcome outcome = deliver(
      make_webhook, WebhookSettings{.name = "hook", .url = kUrl + "/hang"}, source.get_token());
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_LT(steady_clock::now() - begun, seconds(5));
}

TEST_F(Receivers, HttpsIsVerified) {
  const TemporaryFolder folder;
  lab::run(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sink"
      " -addext subjectAltName=IP:127.0.0.1 -keyout " +
      folder.file("key") + " -out " + folder.file("cert") + " 2>" + folder.file("log"));
  Sink sink("https", kPort, {folder.file("cert"), folder.file("key")});
  WebhookSettings settings{.name = "hook", .url = "https://127.0.0.1:8080/taken"};
  const DeliveryOutcome refused = deliver(make_webhook, settings);
  EXPECT_EQ(refused.taken, Acceptance::kTryAgain);
  EXPECT_THAT(refused.reason, HasSubstr("certificate"));
  settings.access.ca_file = folder.file("cert");
  EXPECT_EQ(deliver(make_webhook, settings).taken, Acceptance::kYes);
  settings.url = "https://localhost:8080/taken";  // the certificate is another name's
  EXPECT_EQ(deliver(make_webhook, settings).taken, Acceptance::kTryAgain);
}

TEST_F(Receivers, AMailReachesAllMailboxesThatTheServerKnows) {
  Sink sink("smtp", kPort);
  const MailSettings settings{.name = "mail",
                              .server = {.url = "smtp://127.0.0.1:8080",
                                         .starttls = false,
                                         .user = "rollcall",
                                         .password = Secret("hunter2")},
                              .from = "rollcall@example.org",
                              .to = {"a@example.org", "refused@example.org", "b@example.org"}};
  const DeliveryOutcome outcome = deliver(make_mail, settings);
  EXPECT_EQ(outcome.taken, Acceptance::kYes) << outcome.reason;
  EXPECT_EQ(outcome.reason, "the server refuses refused@example.org: 550 no such mailbox");
  const auto got = sink.next();
  ASSERT_TRUE(got);
  EXPECT_THAT(got->at("from"), HasSubstr("<rollcall@example.org>"));
  EXPECT_THAT(got->at("to"),
              ElementsAre(HasSubstr("<a@example.org>"), HasSubstr("<b@example.org>")));
  EXPECT_EQ(got->at("auth"), "AHJvbGxjYWxsAGh1bnRlcjI=");
  const std::string data = got->at("data");
  EXPECT_THAT(data, HasSubstr("Subject: [rollcall] [opened] web42: 217 of 254 answer\r\n"));
  EXPECT_THAT(data, Not(HasSubstr("hunter2")));
}

TEST_F(Receivers, AMailboxThatIsRefusedForNowIsTriedAgainWithoutASecondMailToTheOthers) {
  Sink sink("smtp", kPort);
  auto receiver = make_mail({.name = "mail",
                             .server = {.url = "smtp://127.0.0.1:8080", .starttls = false},
                             .from = "rollcall@example.org",
                             .to = {"a@example.org", "later@example.org"}});
  ASSERT_TRUE(receiver);
  const std::vector batch{message()};
  const DeliveryOutcome first = (*receiver)->deliver(batch, {.now = at(6)}, {});
  EXPECT_EQ(first.taken, Acceptance::kTryAgain);
  EXPECT_THAT(first.reason, HasSubstr("later@example.org: 450 come later"));
  EXPECT_THAT(sink.next()->at("to"), ElementsAre(HasSubstr("<a@example.org>")));
  const DeliveryOutcome second = (*receiver)->deliver(batch, {.now = at(7)}, {});
  EXPECT_EQ(second.taken, Acceptance::kYes);
  EXPECT_EQ(second.reason, "");
  EXPECT_THAT(sink.next()->at("to"), ElementsAre(HasSubstr("<later@example.org>")));
}

TEST_F(Receivers, AMailThatNoMailboxTakesIsNotDelivered) {
  Sink sink("smtp", kPort);
  const DeliveryOutcome outcome =
      deliver(make_mail, MailSettings{.name = "mail",
                                      .server = {.url = "smtp://127.0.0.1:8080", .starttls = false},
                                      .from = "rollcall@example.org",
                                      .to = {"refused@example.org"}});
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("550"));
}

TEST_F(Receivers, ASignatureCoversTheTimeOfSending) {
  Sink sink("http", kPort);
  deliver(make_webhook,
          WebhookSettings{.name = "hook", .url = kUrl + "/taken", .signing_key = Secret("k")});
  const auto headers = sink.next()->at("headers");
  const std::string sent_at = headers.at("x-rollcall-timestamp");
  EXPECT_EQ(sent_at, std::to_string(std::chrono::floor<seconds>(at(6)).time_since_epoch().count()));
  EXPECT_EQ(headers.at("x-rollcall-timed-signature"),
            signature_of(sent_at + "." + message().payload, Secret("k")));
}

TEST_F(Receivers, AConnectionIsKeptFromOneDeliveryToTheNext) {
  Sink sink("http", kPort);
  auto receiver = make_webhook({.name = "hook", .url = kUrl + "/taken"});
  ASSERT_TRUE(receiver);
  std::set<int> ports;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ((*receiver)->deliver(std::vector{message()}, {.now = at(6)}, {}).taken,
              Acceptance::kYes);
    ports.insert(sink.next()->at("client_port").get<int>());
  }
  EXPECT_THAT(ports, ::testing::SizeIs(1));
}

TEST_F(Receivers, ASecretThatIsMissingAtTheStartOrRotatedLaterIsReadForEachDelivery) {
  Sink sink("http", kPort);
  const TemporaryFolder folder;
  const std::string file = folder.file("token");
  auto receiver = make_webhook(
      {.name = "hook", .url = kUrl + "/taken", .access = {.bearer = SecretSource::in_file(file)}});
  ASSERT_TRUE(receiver);
  EXPECT_THAT((*receiver)->setup_problem(), HasSubstr(file));
  const auto send = [&] {
    return (*receiver)->deliver(std::vector{message()}, {.now = at(6)}, {});
  };
  const DeliveryOutcome missing = send();
  EXPECT_EQ(missing.taken, Acceptance::kTryAgain);
  EXPECT_THAT(missing.reason, HasSubstr(file));
  for (const char* token : {"first", "rotated"}) {
    std::ofstream(file) << token << "\n";
    EXPECT_EQ((*receiver)->setup_problem(), "");
    EXPECT_EQ(send().taken, Acceptance::kYes);
    EXPECT_EQ(sink.next()->at("headers").at("authorization"), std::string("Bearer ") + token);
  }
  std::ofstream(file) << "";
  EXPECT_NE((*receiver)->setup_problem(), "");
  EXPECT_EQ(send().taken, Acceptance::kYes)
      << "the last one is used while there is none to be read";
}

TEST_F(Receivers, AUserAndAPasswordAreSentAsBasicAuthentication) {
  Sink sink("http", kPort);
  const WebhookSettings settings{.name = "hook",
                                 .url = kUrl + "/taken",
                                 .access = {.user = "rollcall", .password = Secret("hunter2")}};
  EXPECT_EQ(deliver(make_webhook, settings).taken, Acceptance::kYes);
  EXPECT_EQ(sink.next()->at("headers").at("authorization"), "Basic cm9sbGNhbGw6aHVudGVyMg==");
}

TEST_F(Receivers, AServerThatAsksForAClientCertificateGetsIt) {
  const TemporaryFolder folder;
  lab::run(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sink"
      " -addext subjectAltName=IP:127.0.0.1 -keyout " +
      folder.file("key") + " -out " + folder.file("cert") + " 2>" + folder.file("log"));
  Sink sink("https", kPort, {folder.file("cert"), folder.file("key"), folder.file("cert")});
  WebhookSettings settings{.name = "hook",
                           .url = "https://127.0.0.1:8080/taken",
                           .access = {.ca_file = folder.file("cert")}};
  EXPECT_EQ(deliver(make_webhook, settings).taken, Acceptance::kTryAgain);
  settings.access.cert_file = folder.file("cert");
  settings.access.key_file = folder.file("key");
  const DeliveryOutcome outcome = deliver(make_webhook, settings);
  EXPECT_EQ(outcome.taken, Acceptance::kYes) << outcome.reason;
}

TEST(ASecretFile, IsExposedWhereOthersMayReadOrChangeIt) {
  const TemporaryFolder folder;
  const std::string file = folder.file("token");
  std::ofstream(file) << "secret\n";
  for (const auto& [mode, exposed] :
       {std::pair{0600, false}, {0640, false}, {0644, true}, {0660, true}, {0602, true}}) {
    ASSERT_EQ(::chmod(file.c_str(), static_cast<mode_t>(mode)), 0);
    EXPECT_EQ(exposure_of(file) != "", exposed) << mode;
  }
  EXPECT_EQ(exposure_of(folder.file("missing")), "");
}

TEST_F(Receivers, AMailServerWithoutTlsGetsNothingWhereTlsIsAskedFor) {
  Sink sink("smtp", kPort);
  const DeliveryOutcome outcome =
      deliver(make_mail, MailSettings{.name = "mail",
                                      .server = {.url = "smtp://127.0.0.1:8080"},
                                      .from = "rollcall@example.org",
                                      .to = {"a@example.org"}});
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_FALSE(sink.next(milliseconds(200)));
}

// A script in a folder of its own.
class Commands : public ::testing::Test {
 protected:
  CommandSettings script(const std::string& text, milliseconds limit = seconds(10)) {
    const std::string path = folder_.file("script");
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    return {.name = "run", .argv = {path, "two words", "$HOME;`id`"}, .limit = limit};
  }
  static DeliveryOutcome deliver(const CommandSettings& settings,
                                 const std::stop_token& stop = {}) {
    auto receiver = make_command(settings);
    if (!receiver) return {Acceptance::kRefused, receiver.error().to_string()};
    return (*receiver)->deliver(
        std::vector<history::OutboxMessage>{{.key = "k", .payload = "{\"payload\":1}"}},
        {.now = at(1)}, stop);
  }
  std::string written(const std::string& name) {
    std::ifstream file(folder_.file(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
};

TEST_F(Commands, GetThePayloadOnStdinTheirArgumentsAsTheyAreAndNoneOfOurSecrets) {
  ::setenv("ROLLCALL_TEST_SECRET", "hunter2", 1);  // NOLINT(concurrency-mt-unsafe)
  const DeliveryOutcome outcome =
      deliver(script("cat > " + folder_.file("stdin") + "; printf '%s|' \"$@\" > " +
                     folder_.file("args") + "; env > " + folder_.file("env")));
  EXPECT_EQ(outcome.taken, Acceptance::kYes) << outcome.reason;
  EXPECT_EQ(written("stdin"), "{\"payload\":1}\n");
  EXPECT_EQ(written("args"), "two words|$HOME;`id`|");
  EXPECT_THAT(written("env"), HasSubstr("PATH=/"));
  EXPECT_THAT(written("env"), Not(HasSubstr("hunter2")));
}

TEST_F(Commands, ThatFailAreTriedAgainWithTheirWordsAsTheReason) {
  const DeliveryOutcome outcome = deliver(script("echo 'no \033[2J pager' >&2; exit 3"));
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("exit status 3"));
  EXPECT_THAT(outcome.reason, HasSubstr("no \\x1b[2J pager"));
}

TEST_F(Commands, MayBeMissingAtTheStart) {
  const std::string path = folder_.file("script");
  auto receiver = make_command({.name = "run", .argv = {path}});
  ASSERT_TRUE(receiver);
  EXPECT_THAT((*receiver)->setup_problem(), HasSubstr(path));
  const std::vector<history::OutboxMessage> batch{{.key = "k", .payload = "{}"}};
  EXPECT_EQ((*receiver)->deliver(batch, {.now = at(1)}, {}).taken, Acceptance::kTryAgain);
  (void)script("exit 0");
  EXPECT_EQ((*receiver)->setup_problem(), "");
  EXPECT_EQ((*receiver)->deliver(batch, {.now = at(1)}, {}).taken, Acceptance::kYes);
}

TEST_F(Commands, MaySayMuchWithoutUsKeepingIt) {
  const DeliveryOutcome outcome =
      deliver(script("head -c 3000000 /dev/zero | tr '\\0' x && exit 7; exit 1"));
  EXPECT_THAT(outcome.reason, HasSubstr("exit status 7")) << "it could not write all that it has";
  EXPECT_LT(outcome.reason.size(), 2000U);
}

bool is_gone(const std::string& pid) {
  for (int i = 0; i < 500; ++i) {
    std::ifstream status("/proc/" + pid + "/stat");
    std::string text;
    std::getline(status, text);
    if (!status || text.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST_F(Commands, ThatHangAreKilledWithAllThatTheyStarted) {
  const auto begun = steady_clock::now();
  const DeliveryOutcome outcome = deliver(script(
      "sleep 1000 & echo $! > " + folder_.file("pid") + "; trap '' TERM; wait", milliseconds(500)));
  EXPECT_LT(steady_clock::now() - begun, seconds(8));
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_THAT(outcome.reason, HasSubstr("killed"));
  std::string pid = written("pid");
  ASSERT_FALSE(pid.empty());
  pid.pop_back();
  EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(Commands, ThatLeaveSomethingBehindLeaveNothingBehind) {
  const DeliveryOutcome outcome = deliver(script("sleep 1000 & echo $! > " + folder_.file("pid")));
  EXPECT_EQ(outcome.taken, Acceptance::kYes) << outcome.reason;
  std::string pid = written("pid");
  ASSERT_FALSE(pid.empty());
  pid.pop_back();
  EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(Commands, EndSoonAfterTheStop) {
  std::stop_source source;
  std::jthread stopper([&] {
    while (!std::filesystem::exists(folder_.file("started"))) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    source.request_stop();
  });
  const auto begun = steady_clock::now();
  const DeliveryOutcome outcome = deliver(
      script(": > " + folder_.file("started") + "; sleep 1000", seconds(60)), source.get_token());
  EXPECT_EQ(outcome.taken, Acceptance::kTryAgain);
  EXPECT_LT(steady_clock::now() - begun, seconds(20));
}

TEST_F(Commands, LeakNoDescriptorHowOftenSoever) {
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto settings = script("exit 0");
  deliver(settings);
  const auto before = count();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(deliver(settings).taken, Acceptance::kYes);
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace rollcall::alert
