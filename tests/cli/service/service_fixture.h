// Test fixture: starts a service with its own history, whose sweeps return the results that a test
// sets.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/service/service.h"
#include "tests/scheduler/history/testing.h"
#include "tests/scheduler/verdict/fleet.h"

namespace rollcall::cli {

using history::testing::TemporaryFolder;
using verdict::Fate;

class ServiceFixture : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kGroups = 6;
  static constexpr std::uint32_t kAddresses = 8;

  explicit ServiceFixture(TemporaryFolder::On on = TemporaryFolder::On::kDisk) : folder_(on) {
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group\n";
    for (std::uint32_t i = 0; i < kGroups; ++i) {
      fleet << fmt::format("10.0.{0}.1-10.0.{0}.{1},80,web{0}\n", i, kAddresses);
    }
    heal_all();
    config_.inventory.files = {folder_.file("fleet.csv")};
    config_.inventory.refresh = std::chrono::hours(1);
    config_.sweep.intervals.fleet = std::chrono::seconds(5);
    config_.judgement.settling = std::chrono::seconds(20);
    // A test that breaks one group after another must not make any of them flap.
    config_.judgement.flap_changes = 100;
    config_.history.folder = folder_.path();
  }

  void heal_all() {
    for (std::atomic<Fate>& fate : fates_) fate = Fate::kOpens;
  }

  // Gives each target the fate that the last two bytes of its address select.
  Result<sweep::SweepResult> sweep(const inventory::TargetTable& table) {
    if (on_sweep_) on_sweep_(table);
    sweep::SweepResult result;
    result.started_at = system_clock_.wall();
    result.sound = result.conclusive = !is_sound_ || is_sound_(table);
    for (const inventory::Target& target : table.in_scan_order()) {
      const std::uint32_t address = target.address.v4();
      const std::uint32_t row = (address >> 8 & 0xff) * kAddresses + (address & 0xff) - 1;
      result.states.push_back(verdict::settle_as(fates_[row], target.expect));
      const auto verdict = verdict::verdict_of(result.states.back());
      ++result.counts[static_cast<std::size_t>(verdict)];
    }
    return result;
  }

  std::unique_ptr<Service> start(const Clock& clock) { return start(clock, log_); }
  std::unique_ptr<Service> start(const Clock& clock, Log& log) {
    auto service = Service::start(config_,
                                  {[this](const inventory::TargetTable& table, const SweepRequest&,
                                          const SweepHooks&) { return sweep(table); },
                                   SweepRequest{.seed = 1, .epoch = Epoch{1}}},
                                  clock, log);
    if (!service) {
      ADD_FAILURE() << service.error().to_string();
      std::abort();
    }
    return *std::move(service);
  }

  // The snapshot that readers get. After a round it is up to date.
  static web::SnapshotPtr view_of(Service& service) { return service.publisher().latest(); }

  TemporaryFolder folder_;
  Config config_;
  SystemClock system_clock_;
  Log log_{{.format = LogFormat::kText, .level = LogLevel::kError}, system_clock_};
  // By the last two bytes of an address. The sweep thread reads it.
  std::array<std::atomic<Fate>, 4096> fates_;
  std::function<void(const inventory::TargetTable&)> on_sweep_;
  std::function<bool(const inventory::TargetTable&)> is_sound_;  // empty: every sweep is sound
};

}  // namespace rollcall::cli
