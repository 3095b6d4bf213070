#include "cli/web/sentence.h"

#include <gmock/gmock.h>

#include "tests/cli/web/small_view.h"

namespace rollcall::web {
namespace {

using ::testing::EndsWith;

TEST(ASentence, SaysWhatWasLostAndSinceWhen) {
  struct Case {
    watch::Trouble trouble;
    std::uint32_t expected;
    std::uint32_t answering;
    Duration age;
    const char* words;
  };
  using enum watch::Trouble;
  using namespace std::chrono_literals;
  for (const Case& c :
       {Case{kPartial, 254, 237, 3s, "; web02 lost 17 addresses 3 seconds ago"},
        Case{kPartial, 254, 253, 1s, "; web02 lost 1 address 1 second ago"},
        Case{kPartial, 65536, 64000, 3h, "; web02 lost 1,536 addresses 3 hours ago"},
        Case{kPartialAfterReboot, 254, 237, 4min,
             "; web02 lost 17 addresses after its reboot 4 minutes ago"},
        Case{kPartialAfterReboot, 2, 1, 2min,
             "; web02 lost 1 address after its reboot 2 minutes ago"},
        Case{kDown, 254, 0, 5min, "; web02 has been down for 5 minutes"}}) {
    FleetView view = view_of({{.row = {.address = "10.0.0.1", .group = "web02"}}});
    watch::Incident incident;
    incident.subject = "web02";
    incident.now = c.trouble;
    incident.expected = c.expected;
    incident.answering = c.answering;
    incident.started_at = view.at - c.age;
    view.incidents.push_back(incident);
    EXPECT_THAT(fleet_sentence(view), EndsWith(c.words));
  }
}

}  // namespace
}  // namespace rollcall::web
