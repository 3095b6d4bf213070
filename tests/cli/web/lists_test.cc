// Lists of the fleet as clients ask for them: filters, pages, what they hold already.

#include <gmock/gmock.h>

#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

// Racks hold three servers each; every second address of a server is its own, the others are
// customers'.
class ALabelledFleet : public WebFixture {
 protected:
  ALabelledFleet() {
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group,rack,role\n";
    for (std::uint32_t i = 0; i < kGroups; ++i) {
      for (std::uint32_t k = 1; k <= kAddresses; ++k) {
        fleet << fmt::format("10.0.{0}.{1},80,web{0},r{2},{3}\n", i, k, i / 3,
                             k % 2 == 0 ? "own" : "customer");
      }
    }
  }

  std::size_t count(const std::string& path, const char* list) {
    const json answer = get(path);
    return answer.contains(list) ? answer.at(list).size() : 999;
  }
};

TEST_F(ALabelledFleet, IsFilteredByAllLabelsThatAreNamed) {
  const struct {
    const char* fields;
    std::size_t targets;
    std::size_t groups;
  } kCases[] = {
      {"label.rack=r0", 24, 3},
      {"label.role=own", 24, 0},  // no group has it as a whole
      {"label.rack=r1&label.role=own", 12, 0},
      {"label.role=own&label.rack=r1", 12, 0},
      {"label.rack=r1&group=web3", 8, 1},
      {"label.rack=r1&group=web0", 0, 0},
      {"group=web3%C2%A0", 8, 1},
      {"label.rack=%E2%80%8Br1&group=%20web3", 8, 1},
      {"label.rack=r", 0, 0},
      {"label.rack=", 0, 0},
      {"label.rac=r0", 0, 0},
      {"label.z=r0", 0, 0},
      {"label.rack=r0&label.z=x", 0, 0},
      {"label.role=r0", 0, 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.fields);
    EXPECT_EQ(count(std::string("/api/v1/targets?") + c.fields, "targets"), c.targets);
    EXPECT_EQ(count(std::string("/api/v1/groups?") + c.fields, "groups"), c.groups);
  }
}

TEST_F(ALabelledFleet, IsFoundByNamesThatOnlyLookDifferent) {
  EXPECT_EQ(get("/api/v1/groups/web3%C2%A0").value("group", ""), "web3");
  EXPECT_EQ(get("/api/v1/groups/web%E2%80%8B3/history").value("group", ""), "web3");
}

class AHastyApi : public WebFixture {
 protected:
  AHastyApi() {
    limits_.history = Duration{};
    history::Batch batch;
    for (int i = 0; i < 5000; ++i) {
      batch.sweeps.push_back({.started_at = system_clock_.wall() - std::chrono::seconds(i)});
    }
    const auto store = history::testing::open_store(folder_.path(), system_clock_);
    EXPECT_TRUE(store->commit(batch));
  }
};

TEST_F(AHastyApi, SaysThatTheHistoryTakesTooLong) {
  const auto points = client_->Get("/api/v1/sweeps/points?since_s=86400");
  ASSERT_EQ(status_of(points), 503);
  EXPECT_EQ(points->get_header_value("Content-Type"), "application/problem+json");
  EXPECT_THAT(points->body, ::testing::HasSubstr("it took too long"));
  EXPECT_EQ(status_of(client_->Get("/api/v1/sweeps?limit=2")), 200);
}

}  // namespace
}  // namespace rollcall::web
