// A TcpConnector on a SimNetwork, in simulated time: one SYN a second, as Linux sends them.
//
// Threading: one thread.  Ownership: borrows the network.  Units: simulated time.
#pragma once

#include <map>
#include <vector>

#include "tests/fakes/sim_network.h"

namespace rollcall::fakes {

class SimConnector final : public recheck::TcpConnector {
 public:
  explicit SimConnector(SimNetwork& network) : network_(network) {}

  std::uint32_t limit = 4096;
  std::map<std::uint32_t, std::vector<TimePoint>> started_at;   // by target
  std::map<std::uint32_t, std::vector<TimePoint>> controls_at;  // by target: control connects only

  std::uint32_t in_flight_max() const noexcept override { return limit; }
  std::uint32_t in_flight() const noexcept override {
    return static_cast<std::uint32_t>(new_.size() + under_way_.size());
  }
  void start(const recheck::ConnectRequest& request) noexcept override { new_.push_back(request); }

  std::span<const recheck::ConnectResult> poll(TimePoint now) noexcept override {
    for (const recheck::ConnectRequest& request : new_) submit(request, now);
    new_.clear();
    ended_.clear();
    while (!under_way_.empty() && under_way_.begin()->first <= now) {
      ended_.push_back(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
    }
    return ended_;
  }

 private:
  void submit(const recheck::ConnectRequest& request, TimePoint now) {
    using std::chrono::seconds;
    const ScanIndex place = network_.place_of(request.peer, request.peer_port);
    const bool is_control = place != request.target;
    (is_control ? controls_at : started_at)[network_.row_of(place)].push_back(now);
    for (Duration after{}; after < request.timeout; after += seconds(1)) {
      if (after == Duration{} && network_.drops_first_syns) continue;
      const auto outcome = network_.connect_syn(place, now + after);
      if (!outcome || after + network_.rtt > request.timeout) continue;
      under_way_.emplace(now + after + network_.rtt,
                         recheck::ConnectResult{request.target, *outcome, 0});
      return;
    }
    under_way_.emplace(
        now + request.timeout,
        recheck::ConnectResult{request.target, recheck::ConnectOutcome::kTimeout, 0});
  }

  SimNetwork& network_;
  std::vector<recheck::ConnectRequest> new_;
  std::multimap<TimePoint, recheck::ConnectResult> under_way_;
  std::vector<recheck::ConnectResult> ended_;
};

}  // namespace rollcall::fakes
