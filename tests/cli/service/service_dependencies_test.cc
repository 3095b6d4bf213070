// Tests how a running service reports faults of its sources, its receivers and its HTTP server.
#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/stat.h>

#include "scheduler/history/reader.h"
#include "tests/cli/service/service_fixture.h"
#include "tests/fakes/fake_clock.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ServiceDependencies : public ServiceFixture {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name)) << text;
  }
  // Runs everything that is due now, and its consequences.
  void settle(Service& service) {
    do {
      std::this_thread::sleep_for(1ms);
      service.round();
    } while (service.is_reloading() || view_of(service)->is_sweeping);
    service.round();
  }
  void pass(Service& service, Duration time) {
    clock_.advance(time);
    settle(service);
    clock_.advance(6s);  // the service checks incidents every five seconds
    settle(service);
  }
  static std::vector<std::string> dependencies(Service& service) {
    std::vector<std::string> names;
    for (const watch::Incident& incident : view_of(service)->incidents) {
      if (incident.scope == watch::IncidentScope::kDependency) names.push_back(incident.subject);
    }
    return names;
  }

  fakes::FakeClock clock_;
};

TEST_F(ServiceDependencies, TellOfASourceThatIsBrokenForADayAlsoOverARestart) {
  config_.inventory.files.push_back(folder_.file("more.csv"));
  write("more.csv", "192.0.2.1:80\n");
  const std::string name = "inventory source " + folder_.file("more.csv");
  auto service = start(clock_);
  settle(*service);
  write("more.csv", "no address\n");
  service->reload({});
  pass(*service, 1s);
  EXPECT_EQ(service->targets(), kGroups * kAddresses + 1) << "its former content is in use";
  pass(*service, 23h);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  service.reset();
  service = start(clock_);
  pass(*service, 1s);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  pass(*service, 1h);
  ASSERT_THAT(dependencies(*service), ElementsAre(name));
  const watch::Incident notified = view_of(*service)->incidents.front();
  EXPECT_THAT(notified.sentence, HasSubstr("more.csv:1:"));
  service.reset();
  service = start(clock_);
  pass(*service, 1s);
  ASSERT_THAT(dependencies(*service), ElementsAre(name));
  EXPECT_EQ(view_of(*service)->incidents.front().id, notified.id) << "it is the same one";
  write("more.csv", "192.0.2.1:80\n192.0.2.2:80\n");
  service->reload({});
  pass(*service, 1s);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  EXPECT_EQ(service->targets(), kGroups * kAddresses + 2);
}

TEST_F(ServiceDependencies, TellSoonOfASourceThatWasNeverRead) {
  config_.inventory.files = {folder_.file("late.csv")};
  const auto service = start(clock_);
  pass(*service, 9min);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  pass(*service, 1min);
  EXPECT_THAT(dependencies(*service), ElementsAre("inventory source " + folder_.file("late.csv")));
  write("late.csv", "10.0.0.1-10.0.0.3:80\n");
  pass(*service, 11s);
  pass(*service, 11s);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  EXPECT_EQ(service->targets(), 3);
}

TEST_F(ServiceDependencies, HideTheTokenOfAUrlWhereverItsNameIsSeen) {
  httplib::Server server;
  server.Get("/sd", [](const httplib::Request& request, httplib::Response& response) {
    const bool is_known = request.get_param_value("token") == "s3cret";
    response.status = is_known ? 200 : 403;
    response.set_content(request.get_param_value("dc") == "a" ? "10.0.0.1:80\n" : "10.0.1.1:80\n",
                         "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::jthread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  const std::string base = fmt::format("http://127.0.0.1:{}/sd?token=s3cret&dc=", port);
  config_.inventory.files.clear();
  config_.inventory.urls = {base + "a", base + "b"};
  auto service = start(clock_);
  settle(*service);
  EXPECT_EQ(service->targets(), 2) << "the two have the same name but for a number";
  server.stop();
  thread.join();
  service->reload({});
  settle(*service);
  EXPECT_EQ(service->targets(), 2);
  EXPECT_THAT(
      service->inventory_problem(),
      AllOf(HasSubstr("/sd?token=***&dc=***: "), HasSubstr("dc=*** #2"), Not(HasSubstr("s3cret"))));
  for (const web::SourceFigures& source : view_of(*service)->sources) {
    EXPECT_THAT(source.name + source.problem, Not(HasSubstr("s3cret")));
  }
  // A restart still knows what each of them held.
  service.reset();
  service = start(clock_);
  settle(*service);
  EXPECT_EQ(service->targets(), 2);
}

TEST_F(ServiceDependencies, KnowWhatAVersionThatKeptUrlsAsTheyAreHadStored) {
  const auto texts = texts_from(
      R"({"sources":[{"name":"http://h/sd?token=s3cret","texts":[],"former":[]}],"notes":[]})");
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->sources[0].name, "http://h/sd?token=***");
}

TEST_F(ServiceDependencies, TellOfAReceiverThatFailsForTenMinutes) {
  config_.alerts.commands = {{.name = "pager", .argv = {folder_.file("pager")}}};
  const auto service = start(clock_);
  const auto is_failing = [&] {
    const auto receivers = service->receivers();
    return receivers[0].failing;
  };
  while (!is_failing()) std::this_thread::sleep_for(1ms);
  settle(*service);
  pass(*service, 9min);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  pass(*service, 1min);
  EXPECT_THAT(dependencies(*service), ElementsAre("receiver pager"));
  EXPECT_THAT(view_of(*service)->incidents.front().sentence, HasSubstr("cannot run"));
}

TEST_F(ServiceDependencies, TellOfAnHttpServerThatCannotListen) {
  const auto service = start(clock_);
  service->web_status().set_listener_problem("cannot listen on 127.0.0.1 port 9750");
  pass(*service, 1s);
  EXPECT_EQ(view_of(*service)->web_problem, "cannot listen on 127.0.0.1 port 9750");
  EXPECT_THAT(dependencies(*service), IsEmpty());
  pass(*service, 1min);
  EXPECT_THAT(dependencies(*service), ElementsAre("HTTP server 127.0.0.1:9750"));
  service->web_status().set_listener_problem("");
  pass(*service, 1s);
  EXPECT_THAT(dependencies(*service), IsEmpty());
  EXPECT_THAT(view_of(*service)->web_problem, IsEmpty());
}

TEST_F(ServiceDependencies, TellOfACertificateOnceItHasExpired) {
  const auto service = start(clock_);
  const Certificate certificate{.path = "/etc/rollcall/web.crt",
                                .use = "HTTP server",
                                .not_before = clock_.wall() - 24h,
                                .not_after = clock_.wall() + 1h};
  service->web_status().set_certificates({certificate});
  pass(*service, 1s);
  EXPECT_THAT(view_of(*service)->certificates, ElementsAre(certificate));
  EXPECT_THAT(dependencies(*service), IsEmpty());
  pass(*service, 1h);
  EXPECT_THAT(dependencies(*service), ElementsAre("certificate /etc/rollcall/web.crt"));
  Certificate renewed = certificate;
  renewed.not_after += 24h * 90;
  service->web_status().set_certificates({renewed});
  pass(*service, 1s);
  EXPECT_THAT(dependencies(*service), IsEmpty());
}

}  // namespace
}  // namespace rollcall::cli
