// The one place where concrete classes, queues and threads are put together for a sweep. Start
// here.
//
//                  ProbeRing                       sinks
//   scheduler ───────────────────> sender thread ─────────> io_uring / sendmmsg / raw IP ──> wire
//   (caller's  <───────────────────
//    thread)       NoticeRing                      libpcap                                     │
//      │  ^  <──────────────────── capture thread <─────────  kernel's capture ring  <─────────┘
//      │  │        ObservationRing
//      │  └──────── TcpConnector (io_uring or epoll): full connects, the kernel's own
//      └─> verdicts ──> SweepResult
//
// Threading: run_sweep() blocks its caller, which becomes the scheduler; it starts and joins the
// sender
//            and capture threads.
// Ownership: everything lives within the call.
// Units:     probes per second.
// Errors:    set-up fails before anything is sent; afterwards there is always a result, if need be
// an
//            inconclusive one.
// Cost:      see Sweep.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "capture/pcap_source.h"
#include "cli/lanes.h"
#include "engine/base/error.h"
#include "engine/inventory/target_table.h"
#include "engine/packet/cookie.h"
#include "engine/send/next_hop.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// The Unix second.
Epoch epoch_now();

// The rate that was found for an interface, to start the next sweep from.
using RateMemory = std::map<std::string, PacketRate>;

struct SweepRequest {
  send::RouteRequest routes;
  LaneChoice lane = LaneChoice::kAuto;
  // At most; where `auto_rate` says so the sweep starts there, and finds what the path takes.
  PacketRate rate{20000};
  std::optional<PacketRate> auto_rate;
  // What earlier sweeps of this process found, by lane; nullptr: nothing is remembered.
  std::shared_ptr<RateMemory> rate_memory;
  PacketRate group_rate{500};
  verdict::Policy policy;
  sweep::Waits waits{.adapt = true};
  std::size_t capture_ring_bytes = capture::kRingBytesDefault;
  std::uint64_t seed = 0;
  // Sweeps that follow each other share the key and count the epoch up, and their tables the seed:
  // then no 4-tuple comes back before 512 sweeps have passed (see port_schedule.h).
  packet::CookieKey key = packet::CookieKey::random();
  Epoch epoch = epoch_now();
  inventory::Scope scope{};     // checked where packets are built; the table was held to it already
  bool preflight = true;        // prove first that this host does no harm (doctor/preflight.h)
  bool refused_before = false;  // the preflight of the sweep before this one refused
};

// Where --rate auto starts: 27 Mbit/s with all that Ethernet adds, so that 10,000 addresses take a
// quarter of a second, and a path that takes less shows it within that.
inline constexpr PacketRate kAutoStart{40000};

// How the caller takes part while the sweep runs; each may be empty.
struct SweepHooks {
  std::function<void(const std::string&)> note;  // one line that the user should know
  std::function<void(const sweep::Progress&, TimePoint)> progress;
  std::function<bool()> interrupted;
  std::function<void()> refused{};  // by the preflight: sending would harm the targets
};

Result<sweep::SweepResult> run_sweep(const inventory::TargetTable& table,
                                     const SweepRequest& request, const SweepHooks& hooks);

}  // namespace rollcall::cli
