// The result of one sweep: everything that the reports show.
//
// Threading: the scheduler builds it, then hands it over.
// Ownership: owns everything but the table.
// Units:     as named; rates in packets per second.
// Cost:      16 bytes a target for `states`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/packet/frame_view.h"
#include "scheduler/verdict/group_verdict.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall::sweep {

// A fact about the path, as a sentence for the user.
struct Finding {
  std::string text;
  bool clears_us = false;  // neither this host nor its path is the cause
};

// Counters of this host's side of the path.
struct PathFigures {
  std::string lane;                 // "io_uring", "sendmmsg", "ip", or several joined by "+"
  double rate_pps = 0;              // of probes over the time spent sending; 0: all left at once
  bool group_rate_limits = false;   // --group-rate, and not --rate, decided how long sending took
  std::uint64_t probes_sent = 0;    // to targets
  std::uint64_t canary_probes = 0;  // in addition
  std::uint64_t replies = 0;        // accepted, first of their target
  std::uint64_t late = 0;           // answered an earlier attempt or epoch than the current one
  std::uint64_t duplicate = 0;
  std::uint64_t rejected = 0;  // passed the filter but proved nothing
  std::array<std::uint64_t, packet::kRejectReasons> rejected_by{};  // by packet::RejectReason
  std::uint64_t send_errors = 0;
  std::uint64_t ring_drops = 0;      // our own queue from capture to scheduler was full
  std::uint64_t capture_drops = 0;   // the capture ring was full (pcap ps_drop)
  std::uint64_t kernel_drops = 0;    // interface and backlog drops
  double loss = 0;                   // share of answering targets that lost their first SYN
  std::uint32_t slices = 0;          // of 250 ms each
  std::uint32_t unsound_slices = 0;  // slices in which an answer might have been lost
  std::uint32_t canaries = 0;        // canaries that answered
  std::vector<Finding> findings;
  double rtt_p50_ms = 0;
  double rtt_p90_ms = 0;
  double rtt_p99_ms = 0;
};

// A next hop through which targets were probed and no reply came.
struct SilentHop {
  std::string name;      // "next hop 192.0.2.1 on eth0"
  bool answers = false;  // the next hop itself answers
  std::uint32_t targets = 0;
};

struct SweepResult {
  WallTime started_at{};
  Duration duration{};
  // Epochs after the sweep's own that its canaries used. The next sweep starts after them.
  std::uint32_t canary_epochs = 0;
  bool sound = true;       // false: interrupted, or our own path failed; nothing is certain then
  bool conclusive = true;  // false: at least one target could not be judged
  std::vector<std::string> inconclusive_reasons;
  std::vector<SilentHop> silent_hops;
  bool held_back = false;    // some targets of limited groups were not probed (limited_memory.h)
  bool routes_lost = false;  // targets were not probed because a gateway or a link is down
  // Targets to which no route leads. They end as unknown, as expected.
  std::uint32_t unroutable = 0;
  std::array<std::uint32_t, verdict::kTargetVerdicts> counts{};  // by TargetVerdict
  std::vector<verdict::GroupReport> groups_not_up;               // in the inventory's order
  std::vector<verdict::TargetProgress> states;                   // by ScanIndex
  bool rechecked = true;  // false: --no-recheck, silence was not confirmed by connects
  PathFigures path;
};

// 0 as expected; 1 some service closed; 2 addresses missing; 3 inconclusive.
int exit_code(const SweepResult& result);

}  // namespace rollcall::sweep
