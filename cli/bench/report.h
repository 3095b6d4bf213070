// Holds the result of a benchmark: the figures, with the machine and the settings that they depend
// on.
//
// Threading: built by one thread.
// Units:     rates in packets or connects per second; times as named. CPU time is of the whole
//            machine, so it includes the far end of a BenchNetwork.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/cpu_times.h"
#include "engine/base/clock.h"

namespace rollcall::bench {

struct HostFacts {
  std::string machine;  // the CPU's name
  std::string kernel;
  unsigned cpus = 0;                     // CPUs that this process may use
  std::optional<std::string> governor;   // nullopt: the machine has none
  std::optional<std::uint64_t> backlog;  // net.core.netdev_max_backlog
  std::vector<std::string> steered;      // used interfaces that have RPS on
};

struct SendFigures {
  std::string lane;
  std::size_t batch = 0;
  unsigned threads = 0;
  double accepted_pps = 0;     // frames that the kernel accepted
  double sent_pps = 0;         // packets that the interface counted as sent
  std::uint64_t refused = 0;   // frames that the kernel did not accept (full queue)
  std::uint64_t tx_drops = 0;  // packets that the interface accepted and dropped
  CpuTimes cpu;
  std::uint64_t frames = 0;  // accepted, to divide `cpu` by
};

// The figures of the loop at one rate.
struct LoopStep {
  double asked_pps = 0;  // the requested rate
  double sent_pps = 0;   // the reached rate
  std::uint64_t probes = 0;
  std::uint64_t verified = 0;   // addresses with a verified reply
  std::uint64_t expected = 0;   // addresses that are known to answer
  std::uint64_t own_drops = 0;  // lost on this host, by its counters
  double seconds = 0;           // spent sending
  double rtt_p50_ms = 0;
  double rtt_p90_ms = 0;
  double rtt_p99_ms = 0;
  CpuTimes cpu;

  std::uint64_t lost() const { return expected > verified ? expected - verified : 0; }
  double verified_pps() const { return seconds > 0 ? static_cast<double>(verified) / seconds : 0; }
};

struct LoopFigures {
  std::string lane;
  std::vector<LoopStep> steps;  // in the order of measuring
  double loss_free_pps = 0;     // highest reached rate without loss; 0: none
  double reached_pps = 0;       // highest rate of verified addresses, with loss or without
};

struct RecheckFigures {
  std::uint32_t in_flight_max = 0;
  double seconds = 0;  // until the last connect succeeded; 0: none did
  double connected_per_s = 0;
  std::uint64_t connected = 0;
  std::uint64_t refused = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t local_errors = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p99_ms = 0;
  CpuTimes cpu;

  std::uint64_t ended() const {
    return connected + refused + timeouts + unreachable + local_errors;
  }
};

struct Report {
  WallTime started_at{};
  HostFacts host;
  std::string interface;  // through which the probes left
  std::string far_end;    // text: "a lab of its own, ...", "254 named targets"
  std::vector<std::string> notes;
  std::vector<SendFigures> send;
  std::optional<LoopFigures> loop;
  std::optional<RecheckFigures> recheck;
};

}  // namespace rollcall::bench
