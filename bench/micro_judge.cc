// Benchmarks of loading an inventory, computing the scan order, and reaching verdicts.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "bench/micro_fleet.h"
#include "capture/kernel_counters.h"
#include "engine/inventory/scan_order.h"
#include "scheduler/verdict/group_verdict.h"

namespace rollcall::bench {
namespace {

constexpr std::uint32_t kInventoryLines = 20000;

// Removed when the process ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = ::mkstemp(path_.data());
    ROLLCALL_CHECK(fd >= 0);
    ::close(fd);
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/rollcall-micro-XXXXXX";
};

std::string csv_of_addresses() {
  std::string text = "address,ports,group,expect\n";
  for (std::uint32_t i = 0; i < kInventoryLines; ++i) {
    text += Address::from_v4(0x0a000000 + i).to_string() + ",443,web" + std::to_string(i / 254) +
            ",open\n";
  }
  return text;
}
std::string list_of_targets() {
  std::string text;
  for (std::uint32_t i = 0; i < kInventoryLines; ++i) {
    text += Address::from_v4(0x0a000000 + i).to_string() + ":443\n";
  }
  return text;
}

// From the file to the finished table, one inventory line an item.
void load(benchmark::State& state, std::string (*text)()) {
  const TemporaryFile file(text());
  for (auto _ : state) {
    const auto loaded = inventory::load_inventory({.files = {file.path()}, .seed = kSeed});
    if (!loaded || loaded->table.size() != kInventoryLines) {
      return state.SkipWithError("the inventory was not loaded whole");
    }
  }
  tell_cost(state, kInventoryLines);
}
BENCHMARK_CAPTURE(load, csv, csv_of_addresses)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, list, list_of_targets)->Unit(benchmark::kMillisecond);

void load_prefix(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(inventory::load_inventory(
        {.targets = {"10.0.0.0/15"}, .default_ports = {Port{80}}, .seed = kSeed}));
  }
  tell_cost(state, fleet().size());
}
BENCHMARK(load_prefix)->Unit(benchmark::kMillisecond);

void scan_order(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(inventory::scan_order(fleet().groups(), kSeed));
  tell_cost(state, fleet().size());
}
BENCHMARK(scan_order)->Unit(benchmark::kMillisecond);

verdict::TargetProgress answered() {
  verdict::TargetProgress target;
  const Attempt attempt = verdict::begin_attempt(target);
  verdict::fold(target, verdict::Event::kSynAck, attempt, inventory::Expect::kOpen, {});
  return target;
}

void fold_open_target(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(answered());
  tell_cost(state);
}
BENCHMARK(fold_open_target);

// The longest sequence of attempts: three SYNs and two connects, all without an answer.
verdict::TargetProgress never_answered() {
  verdict::TargetProgress target;
  for (int i = 0; i < 3; ++i) {
    const Attempt attempt = verdict::begin_attempt(target);
    verdict::fold(target, verdict::Event::kTimeout, attempt, inventory::Expect::kOpen, {});
  }
  for (int i = 0; i < 2; ++i) {
    verdict::fold(target, verdict::Event::kConnectTimeout, 0, inventory::Expect::kOpen, {});
  }
  return target;
}

void fold_silent_target(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(never_answered());
  tell_cost(state);
}
BENCHMARK(fold_silent_target);

// Judges all groups of the fleet, with 1 % of the targets silent.
void judge_groups(benchmark::State& state) {
  std::vector<verdict::TargetProgress> states(fleet().size(), answered());
  for (std::size_t i = 0; i < states.size(); i += 100) states[i] = never_answered();
  for (auto _ : state) benchmark::DoNotOptimize(verdict::judge_groups(fleet(), states));
  tell_cost(state, fleet().size());
}
BENCHMARK(judge_groups)->Unit(benchmark::kMillisecond);

// The path monitor reads these counters four times a second; this is the whole cost of one reading.
void read_kernel_counters(benchmark::State& state) {
  capture::KernelCounterReader reader({"lo"});
  for (auto _ : state) benchmark::DoNotOptimize(reader.read());
  tell_cost(state);
}
BENCHMARK(read_kernel_counters)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rollcall::bench
