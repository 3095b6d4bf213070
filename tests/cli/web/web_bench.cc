// Measures the API answer times for 100,000 targets, and the CPU time that clients cost the watch:
//
//   web_bench [SECONDS]     prints one figure a line; SECONDS of event streams, 10 by default
//
// The sweeps return fixed results at once, so the figures contain only the cost of the service.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using Steady = std::chrono::steady_clock;

double ms_since(Steady::time_point began) {
  return std::chrono::duration<double, std::milli>(Steady::now() - began).count();
}

double process_cpu_s() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void print(const char* what, double value, const char* unit) {
  fmt::print("{:<58} {:>10.2f} {}\n", what, value, unit);
}

// 250 groups of 400 addresses.
class Bench : public WebFixture {
 public:
  static constexpr std::uint32_t kBenchGroups = 250;
  static constexpr std::uint32_t kBenchAddresses = 400;

  Bench() {
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group\n";
    for (std::uint32_t i = 0; i < kBenchGroups; ++i) {
      fleet << fmt::format("10.{0}.0.1-10.{0}.1.144,80,web{0}\n", i);
    }
  }
  void TestBody() override {}

  void run(int seconds) {
    SetUp();
    wait_until_ready();
    measure_answers();
    measure_listeners(seconds);
    TearDown();
  }

 private:
  double best_ms(const char* path, std::size_t* bytes = nullptr) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto began = Steady::now();
      const auto result = client_->Get(path);
      best = std::min(best, ms_since(began));
      if (bytes != nullptr && result) *bytes = result->body.size();
    }
    return best;
  }

  void measure_answers() {
    client_->set_keep_alive(true);
    std::size_t bytes = 0;
    print("full target list as lines", best_ms("/api/v1/targets?format=ndjson", &bytes), "ms");
    print("  its size", static_cast<double>(bytes) / 1e6, "MB");
    print("map", best_ms("/api/v1/map", &bytes), "ms");
    print("groups", best_ms("/api/v1/groups"), "ms");
    print("status", best_ms("/api/v1/status"), "ms");
    print("one page of 1,000 targets", best_ms("/api/v1/targets"), "ms");
  }

  // CPU time of the whole process, in percent of a core.
  double cpu_of_changes(int seconds) {
    const double before = process_cpu_s();
    const auto began = Steady::now();
    while (ms_since(began) < seconds * 1000.0) {
      const json silence = {{"groups", {fmt::format("web{}", changes_++ % kBenchGroups)}},
                            {"duration_s", 600},
                            {"author", "bench"},
                            {"reason", "bench"}};
      if (status_of(post("/api/v1/silences", silence.dump())) != 201) std::abort();
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    return (process_cpu_s() - before) / (ms_since(began) / 1000) * 100;
  }

  // Two snapshots a second, many times the rate of a watch that sweeps every ten seconds.
  void measure_listeners(int seconds) {
    const double alone = cpu_of_changes(seconds);
    std::vector<std::unique_ptr<RawClient>> listeners;
    for (int i = 0; i < 50; ++i) {
      listeners.push_back(std::make_unique<RawClient>(port_));
      listeners.back()->send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      if (listeners.back()->receive("event: view").empty()) std::abort();
    }
    const double heard = cpu_of_changes(seconds);
    print("CPU, two pictures a second, nobody listens", alone, "% of a core");
    print("CPU, two pictures a second, 50 listeners", heard, "% of a core");
    std::size_t told = 0;
    for (const auto& listener : listeners) {
      if (listener->receive("event: groups", 2000).find("event: groups") != std::string::npos)
        ++told;
    }
    print("listeners that were told", static_cast<double>(told), "");
  }

  std::uint32_t changes_ = 0;  // each silences another group
};

}  // namespace
}  // namespace rollcall::web

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  rollcall::web::Bench bench;
  bench.run(argc > 1 ? std::atoi(argv[1]) : 10);
  return 0;
}
