// Runs a sweep that judges its own path, on a simulated network and host that have faults.
//
//   fault           effect                                        HostLossSample of the sweep
//   dark            the path drops every packet, both directions  no loss: no counter shows it
//   dropping        the interface drops every packet              lost_for_probes, _for_connects
//   ring_full       this host drops replies to probes             lost_for_probes
//   capture_stands  replies wait until the capture runs again     lost_for_probes, heard_until
//   we_stand        the scheduler thread does not run             lost_for_probes
//
// Threading: one thread.
// Ownership: owns the table, the network, the rings and the sweep.
// Units:     simulated time since the sweep began.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "scheduler/sweep/sweep.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/sim_connector.h"
#include "tests/fakes/sim_network.h"
#include "tests/fakes/small_table.h"

namespace rollcall::fakes {

struct Window {
  Duration from;
  Duration to;
};

class Windows : public std::vector<Window> {
 public:
  using std::vector<Window>::vector;

  const Window* at(Duration time) const {
    const auto found = std::ranges::find_if(
        *this, [time](const Window& w) { return w.from <= time && time < w.to; });
    return found == end() ? nullptr : &*found;
  }
  bool touch(Duration from, Duration to) const {
    return std::ranges::any_of(*this, [&](const Window& w) { return w.from <= to && from < w.to; });
  }
  // The longest time that a window has lasted by `to`, among the windows that touch [from, to].
  Duration longest(Duration from, Duration to) const {
    Duration longest{};
    for (const Window& w : *this) {
      if (w.from <= to && from < w.to) longest = std::max(longest, std::min(w.to, to) - w.from);
    }
    return longest;
  }
};

class JudgedSweep {
 public:
  explicit JudgedSweep(std::uint32_t targets, const CanaryRows& canaries = {},
                       std::uint64_t seed = 1, std::uint32_t per_group = 254,
                       inventory::Expect expect = inventory::Expect::kOpen)
      : table(consecutive_table(targets, per_group, canaries, seed, expect)), network(table, seed) {
    options.judge_path = true;
    options.waits.adapt = true;
  }

  // Distributes the groups round robin over `count` gateways, each on its own interface.
  void use_routes(std::uint16_t count) {
    const std::uint32_t size = table.size_with_canaries();
    std::vector<send::NextHop> hops(count);
    for (std::uint16_t i = 0; i < count; ++i) {
      hops[i].interface_index = i + 1u;
      hops[i].gateway = Address::parse("198.51.100.1").value();
    }
    std::vector<std::uint16_t> hop_of_target(size);
    network.routes.resize(count);
    network.route_of_host.resize(size);
    for (std::uint32_t row = 0; row < size; ++row) {
      const ScanIndex place = table.place_of({row});
      const auto route = static_cast<std::uint16_t>(table.at(place).group.value % count);
      hop_of_target[place.value] = network.route_of_host[row] = route;
    }
    routes = send::RoutePlan(std::move(hops), std::move(hop_of_target), {});
  }
  // The path through this next hop drops every packet during the windows.
  void darken(std::uint16_t route, Windows windows) {
    network.routes[route].dark = [this, windows = std::move(windows)](TimePoint at) {
      return windows.at(at - started_) != nullptr;
    };
  }

  void start() {
    started_ = clock.now();
    heard_until_ = slice_from_ = started_;
    network.dark = [this](TimePoint at) {
      return dark.at(at - started_) != nullptr || dropping.at(at - started_) != nullptr;
    };
    network.swallow = [this](TimePoint at) { return ring_full.at(at - started_) != nullptr; };
    network.rate = options.auto_rate.value_or(options.rate);
    sweep.emplace(sweep::Sweep::SweepIo{table, routes, requests, notices, observations, connector},
                  options, started_);
  }

  TimePoint start_time() const { return started_; }
  Duration now() const { return clock.now() - started_; }

  // Runs one round, as cli/run/run_sweep.cc does.
  void step() {
    if (const Window* standing = we_stand.at(now())) {
      while (now() < standing->to) run_network();
    }
    if (options.judge_path && clock.now() >= slice_from_ + sweep::kSlice) end_slice();
    sweep->step(clock.now());
    run_network();
  }
  void run_until(Duration time) {
    while (now() < time && !sweep->done()) step();
  }
  // False: the sweep has not ended by `most`.
  bool run_to_end(Duration most) {
    run_until(most);
    return sweep->done();
  }

  // Call between two sweeps: discards replies and results that are still on their way.
  void drain() {
    run_network();
    connector.poll(clock.now());
    for (capture::Observation late; observations.pop(&late, 1) == 1;) continue;
    for (send::SentNotice late; notices.pop(&late, 1) == 1;) continue;
  }

  inventory::TargetTable table;
  send::RoutePlan routes{{send::NextHop{}}, {}, {}};
  sweep::SweepOptions options{.epoch = {5}, .rate = {5000}};
  FakeClock clock;
  SimNetwork network;
  SimConnector connector{network};
  send::ProbeRing requests{send::kProbesOutstandingMax};
  send::NoticeRing notices{send::kProbesOutstandingMax};
  capture::ObservationRing observations{65536};
  std::optional<sweep::Sweep> sweep;
  Windows dark, dropping, ring_full, capture_stands, we_stand;

 private:
  void run_network() {
    network.capture_stands = capture_stands.at(now()) != nullptr;
    network.run(clock.now(), requests, notices, observations);
    if (!network.capture_stands) heard_until_ = clock.now();
    clock.advance(sweep::kRound);
  }

  void end_slice() {
    const Duration from = slice_from_ - started_;
    const bool stalled =
        std::max(capture_stands.longest(from, now()), we_stand.longest(from, now())) > kStallMax;
    const bool dropped = dropping.touch(from, now());
    sweep->note_host_loss({.from = slice_from_,
                           .to = clock.now(),
                           .heard_until = heard_until_,
                           .lost_for_probes = stalled || dropped || ring_full.touch(from, now()),
                           .lost_for_connects = dropped});
    slice_from_ = clock.now();
    network.rate = sweep->rate();
  }

  static constexpr Duration kStallMax = std::chrono::milliseconds(100);  // host_loss_ledger.h
  TimePoint started_;
  TimePoint slice_from_;
  TimePoint heard_until_;
};

}  // namespace rollcall::fakes
