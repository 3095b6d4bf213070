// Runs one sweep: creates its sockets, queues and threads, connects them, and returns the result.
// All concrete classes of a sweep meet here only. Start reading here.
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
// Threading: run_sweep() blocks its caller, which becomes the scheduler thread. It starts and joins
//            the sender and capture threads.
// Ownership: everything lives within the call.
// Units:     probes per second.
// Errors:    set-up fails before the sweep sends probes. Afterwards there is always a result, which
//            may be inconclusive.
// Cost:      see Sweep.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "capture/pcap_source.h"
#include "cli/run/lanes.h"
#include "engine/base/error.h"
#include "engine/base/thread_progress.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/target_table.h"
#include "engine/packet/cookie.h"
#include "engine/send/routing/next_hop.h"
#include "scheduler/sweep/sweep.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

// The current Unix time in seconds.
Epoch epoch_now();

// The rate that a sweep found, by interface names. The next sweep starts from it.
using RateMemory = std::map<std::string, PacketRate>;

struct SweepRequest {
  send::RouteRequest routes;
  LaneChoice lane = LaneChoice::kAuto;
  // The highest rate. With `auto_rate` the sweep starts there, and finds the rate that the path
  // takes.
  PacketRate rate{20000};
  std::optional<PacketRate> auto_rate;
  // The rates that earlier sweeps of this process found; nullptr: keep none.
  std::shared_ptr<RateMemory> rate_memory;
  std::shared_ptr<sweep::LimitedMemory> limited_memory = std::make_shared<sweep::LimitedMemory>();
  PacketRate group_rate{500};
  verdict::Policy policy;
  sweep::Waits waits{.adapt = true};
  // How long the sweep still probes groups that limit new connections after all others are settled.
  Duration limited_patience = std::chrono::seconds(10);
  // If no target behind an egress answers, believe the silence unless the next hop is known to be
  // dead, also for several failure domains. `verify` sets it: it waits for these targets only.
  bool next_hop_suffices = false;
  std::size_t capture_ring_bytes = capture::kRingBytesDefault;
  std::uint64_t seed = 0;
  // Consecutive sweeps share the key and the seed of their tables, and add 1 to the epoch. So no
  // 4-tuple is used again before 512 sweeps have passed (see port_schedule.h).
  packet::CookieKey key = packet::CookieKey::random();
  Epoch epoch = epoch_now();
  inventory::Scope scope{};     // checked again when a packet is built; the table is within it
  bool preflight = true;        // prove first that this host does no harm (doctor/preflight.h)
  bool refused_before = false;  // the preflight of the previous sweep refused
};

// The start rate of --rate auto: 27 Mbit/s including the Ethernet overhead. 10,000 addresses take a
// quarter of a second, and a slower path shows its loss in that time.
inline constexpr PacketRate kAutoStart{40000};

// Functions of the caller that a running sweep calls. Each may be empty.
struct SweepHooks {
  std::function<void(const std::string&)> note;  // one line that the user should know
  std::function<void(const sweep::Progress&, TimePoint)> progress;
  std::function<bool()> interrupted;
  std::function<void()> refused{};    // the preflight refused: sending would harm the targets
  std::function<void()> alive{};      // between the steps of set-up and of the end
  ThreadRegistry* threads = nullptr;  // registers the sender and capture threads
};

Result<sweep::SweepResult> run_sweep(const inventory::TargetTable& table,
                                     const SweepRequest& request, const SweepHooks& hooks);

}  // namespace rollcall::cli
