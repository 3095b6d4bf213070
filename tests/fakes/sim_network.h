// Simulates the sender, the network, the hosts and the capture on a fake clock.
//
// Hosts can die while a sweep runs. Servers (groups) can limit new connections. Each route (next
// hop) can lose packets, or go dark and drop all of them, independently of the other routes.
//
// Threading: one thread.
// Units:     loss as a probability, one way.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "capture/observation.h"
#include "engine/base/random.h"
#include "engine/inventory/target_table.h"
#include "engine/send/probe_queue.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::fakes {

// kLedHere: silent, and a NAT rule of the scanning host answers connects in its place.
enum class Host : std::uint8_t { kOpen, kClosed, kSilent, kUnreachable, kBusyOnce, kLedHere };

class SimNetwork {
 public:
  // Borrows the table.
  SimNetwork(const inventory::TargetTable& table, std::uint64_t seed)
      : hosts(table.size_with_canaries(), Host::kOpen), table_(table), random_(seed) {}

  std::vector<Host> hosts;  // by TargetIndex
  double loss = 0;          // one way
  Duration rtt = std::chrono::milliseconds(1);
  // All hosts together send at most `resets` RSTs in each period `each`; nullopt: no limit.
  struct Ration {
    std::uint32_t resets;
    Duration each;
  };
  std::optional<Ration> ration;
  // New connections that a server accepts: `burst` at once, then `per_second`.
  struct SynLimit {
    std::uint32_t per_second;
    std::uint32_t burst;
  };
  std::map<std::uint32_t, SynLimit> syn_limits;  // by group
  std::vector<TimePoint> dies_at;                // by TargetIndex; empty: no host dies

  struct Route {
    double loss = 0;  // in addition, one way
    std::function<bool(TimePoint)> dark;
  };
  std::vector<Route> routes;                 // empty: one route without faults
  std::vector<std::uint16_t> route_of_host;  // by TargetIndex
  bool refuses_to_send = false;
  // A filter on the path. drops_probes: it drops SYNs of the sweep, and connects pass.
  // drops_first_syns: it drops the first SYN of each 4-tuple, and the sweep sends no second one.
  bool drops_probes = false;
  bool drops_first_syns = false;
  // Called for each reply that arrives. True: this host drops it (full capture ring).
  std::function<bool(TimePoint)> swallow;
  // True: at that time every path drops every packet, in both directions.
  std::function<bool(TimePoint)> dark;
  // The sender's rate; nullopt: unlimited.
  std::optional<PacketRate> rate;
  // The capture does not read; replies wait.
  bool capture_stands = false;

  bool keeps_record = true;  // of sent probes; costs more time than the whole rest
  std::map<std::pair<std::uint32_t, Attempt>, int> probes;  // how often each probe was sent
  std::map<std::uint32_t, std::vector<TimePoint>> sent_at;  // by target

  // Sends what is queued and delivers what is due.
  void run(TimePoint now, send::ProbeRing& requests, send::NoticeRing& notices,
           capture::ObservationRing& observations) {
    send::ProbeRequest request;
    for (std::size_t left = allowance(now); left > 0 && requests.pop(request); --left) {
      credit_ -= 1;
      notices.push({now, request.target, request.attempt, !refuses_to_send});
      if (refuses_to_send) continue;
      if (keeps_record) {
        ++probes[{row_of(request.target), request.attempt}];
        sent_at[row_of(request.target)].push_back(now);
      }
      answer(request, now);
    }
    while (!capture_stands && !replies_.empty() && replies_.begin()->first <= now) {
      if (!swallow || !swallow(replies_.begin()->first)) {
        observations.push(replies_.begin()->second);
      }
      replies_.erase(replies_.begin());
    }
  }

  // The kernel sends the SYN of a connect three times.
  recheck::ConnectOutcome connect(const recheck::ConnectRequest& request) {
    for (int syn = 0; syn < 3; ++syn) {
      if (const auto outcome = connect_syn(request.target, TimePoint{})) return *outcome;
    }
    return recheck::ConnectOutcome::kTimeout;
  }

  // The outcome of one SYN of a connect, sent at `at`; nullopt: no answer.
  std::optional<recheck::ConnectOutcome> connect_syn(ScanIndex target, TimePoint at) {
    const std::uint32_t row = row_of(target);
    if (is_dark(row, at) || lost(row) || !may_open(target, at)) return std::nullopt;
    switch (host_at(row, at)) {
      case Host::kOpen:
      case Host::kBusyOnce:
        return recheck::ConnectOutcome::kConnected;
      case Host::kClosed:
        if (!may_reset(at)) return std::nullopt;
        return recheck::ConnectOutcome::kRefused;
      case Host::kUnreachable:
        return recheck::ConnectOutcome::kUnreachable;
      case Host::kLedHere:
        return recheck::ConnectOutcome::kLedHere;
      case Host::kSilent:
        break;
    }
    return std::nullopt;
  }

  ScanIndex place_of(const Address& address, Port port) const {
    return table_.find_scan_index(address, port).value();
  }
  std::uint32_t row_of(ScanIndex target) const { return table_.at(target).index.value; }

 private:
  const Route* route_of(std::uint32_t row) const {
    return routes.empty() ? nullptr : &routes[route_of_host[row]];
  }
  // The path is dark for the probe or for its answer.
  bool is_dark(std::uint32_t row, TimePoint at) const {
    if (dark && (dark(at) || dark(at + rtt))) return true;
    const Route* route = route_of(row);
    return route != nullptr && route->dark && (route->dark(at) || route->dark(at + rtt));
  }
  Host host_at(std::uint32_t row, TimePoint at) const {
    return !dies_at.empty() && at >= dies_at[row] ? Host::kSilent : hosts[row];
  }

  std::size_t allowance(TimePoint now) {
    if (!rate) return SIZE_MAX;
    const std::chrono::duration<double> since = now - last_run_;
    last_run_ = now;
    credit_ =
        std::min(credit_ + rate->per_second * since.count(), std::max(1.0, rate->per_second / 100));
    return static_cast<std::size_t>(std::max(credit_, 0.0));
  }

  bool chance(double probability) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
  }
  // The probe or its answer is lost.
  bool lost(std::uint32_t row) {
    if (chance(loss) || chance(loss)) return true;
    const Route* route = route_of(row);
    return route != nullptr && route->loss > 0 && (chance(route->loss) || chance(route->loss));
  }

  bool may_open(ScanIndex target, TimePoint at) {
    const std::uint32_t group = table_.at(target).group.value;
    const auto limit = syn_limits.find(group);
    if (limit == syn_limits.end()) return true;
    // A token bucket, counted by second: connects also take tokens of seconds in the future.
    const SynLimit& syns = limit->second;
    const std::int64_t second = at.time_since_epoch() / std::chrono::seconds(1);
    const std::int64_t fills_in = (syns.burst + syns.per_second - 1) / syns.per_second;
    auto& opened = opened_[group];
    std::uint32_t taken = 0;
    for (auto it = opened.upper_bound(second - fills_in); it != opened.end(); ++it) {
      taken += it->first <= second ? it->second : 0;
    }
    if (taken >= syns.burst) return false;
    ++opened[second];
    return true;
  }

  bool may_reset(TimePoint at) {
    return !ration || resets_[at.time_since_epoch() / ration->each]++ < ration->resets;
  }

  void answer(const send::ProbeRequest& request, TimePoint now) {
    const std::uint32_t row = row_of(request.target);
    const Host host = host_at(row, now);
    if (host == Host::kSilent || host == Host::kLedHere || lost(row) || is_dark(row, now)) return;
    if (drops_probes || drops_first_syns) return;
    if (!may_open(request.target, now)) return;
    capture::Observation reply{now + rtt, request.target, capture::ObservationKind::kSynAck,
                               request.attempt};
    if (host == Host::kClosed) {
      if (!may_reset(now)) return;
      reply.kind = capture::ObservationKind::kRst;
    }
    if (host == Host::kUnreachable) {
      reply.kind = capture::ObservationKind::kUnreachable;
      reply.icmp_code = 1;  // host unreachable
    }
    if (host == Host::kBusyOnce && request.attempt == 0) {
      reply.kind = capture::ObservationKind::kBusy;
    }
    replies_.emplace(now + rtt, reply);
  }

  const inventory::TargetTable& table_;
  Random random_;
  double credit_ = 0;  // probes that the rate allows now
  TimePoint last_run_{};
  std::multimap<TimePoint, capture::Observation> replies_;
  std::map<std::int64_t, std::uint32_t> resets_;                           // requested, by period
  std::map<std::uint32_t, std::map<std::int64_t, std::uint32_t>> opened_;  // by group, by second
};

}  // namespace rollcall::fakes
