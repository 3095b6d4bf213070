// Sender, wire, hosts and capture in one, on a fake clock: what the scheduler sees of the world.
//
// Threading: one thread.  Units: one-way loss as a probability.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "capture/observation.h"
#include "engine/base/random.h"
#include "engine/inventory/target_table.h"
#include "engine/send/probe_queue.h"
#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::fakes {

enum class Host : std::uint8_t { kOpen, kClosed, kSilent, kUnreachable, kBusyOnce };

class SimNetwork {
 public:
  SimNetwork(std::uint32_t targets, std::uint64_t seed)
      : hosts(targets, Host::kOpen), random_(seed) {}

  std::vector<Host> hosts;
  double loss = 0;  // each way
  Duration rtt = std::chrono::milliseconds(1);
  bool refuses_to_send = false;
  // Called for each reply that arrives; true drops it (a blackout, a full ring).
  std::function<bool(TimePoint)> swallow;

  std::map<std::pair<std::uint32_t, Attempt>, int> probes;  // how often each was sent
  std::map<std::uint32_t, std::vector<TimePoint>> sent_at;  // by target

  // Sends what is queued and delivers what is due.
  void run(TimePoint now, send::ProbeRing& requests, send::NoticeRing& notices,
           capture::ObservationRing& observations) {
    send::ProbeRequest request;
    while (requests.pop(request)) {
      notices.push({now, request.target, request.attempt, !refuses_to_send});
      if (refuses_to_send) continue;
      ++probes[{request.target.value, request.attempt}];
      sent_at[request.target.value].push_back(now);
      answer(request, now);
    }
    while (!replies_.empty() && replies_.begin()->first <= now) {
      if (!swallow || !swallow(replies_.begin()->first)) {
        observations.push(replies_.begin()->second);
      }
      replies_.erase(replies_.begin());
    }
  }

  // The kernel's connect retransmits its SYN: three chances.
  recheck::ConnectOutcome connect(const recheck::ConnectRequest& request) {
    for (int syn = 0; syn < 3; ++syn) {
      if (lost() || lost()) continue;
      switch (hosts[request.target.value]) {
        case Host::kOpen:
        case Host::kBusyOnce:
          return recheck::ConnectOutcome::kConnected;
        case Host::kClosed:
          return recheck::ConnectOutcome::kRefused;
        case Host::kUnreachable:
          return recheck::ConnectOutcome::kUnreachable;
        case Host::kSilent:
          break;
      }
    }
    return recheck::ConnectOutcome::kTimeout;
  }

 private:
  bool lost() { return static_cast<double>(random_() >> 11) * 0x1p-53 < loss; }

  void answer(const send::ProbeRequest& request, TimePoint now) {
    const Host host = hosts[request.target.value];
    if (host == Host::kSilent || lost() || lost()) return;
    capture::Observation reply{now + rtt, request.target, capture::ObservationKind::kSynAck,
                               request.attempt};
    if (host == Host::kClosed) reply.kind = capture::ObservationKind::kRst;
    if (host == Host::kUnreachable) reply.kind = capture::ObservationKind::kUnreachable;
    if (host == Host::kBusyOnce && request.attempt == 0) {
      reply.kind = capture::ObservationKind::kBusy;
    }
    replies_.emplace(now + rtt, reply);
  }

  Random random_;
  std::multimap<TimePoint, capture::Observation> replies_;
};

}  // namespace rollcall::fakes
