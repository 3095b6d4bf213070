// Runs the sender thread: takes requests, paces them, builds frames, submits them, reports results.
//
//   ProbeRing ──> [pull] ──> [build into the lane's slots] ──> [submit a batch] ──> wire
//                    pacer limits the count                          │
//   NoticeRing <─────────────────────────────────────────────────────┘ one notice a request
//
// A probe names a ScanIndex of the immutable table, so no frame can be built for an address outside
// of the inventory. The loader checks the inventory against the ranges that the operator allows.
// The sender checks each address against them once more when it builds the frame.
//
// Threading: step() and run() on one thread; set_rate() and counters() from any.
// Ownership: owns its lanes; borrows table, plan, rings and clock, which outlive it.
// Units:     probes; probes per second.
// Errors:    a frame that the kernel refuses temporarily is retried with pauses for up to a second.
//            A frame that it refuses permanently, or for that long, is reported as not sent.
//            Neither stops the sender.
// Cost:      no allocation, no logging, no exception after construction.
#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/heartbeat.h"
#include "engine/base/random.h"
#include "engine/base/ring.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/target_table.h"
#include "engine/packet/cookie.h"
#include "engine/packet/port_schedule.h"
#include "engine/packet/syn_template.h"
#include "engine/send/pacer.h"
#include "engine/send/packet_sink.h"
#include "engine/send/probe_queue.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::send {

struct SenderCounters {
  Counter sent;          // frames that the kernel took
  Counter not_sent;      // frames given up, and requests outside of the scope
  Counter out_of_scope;  // the part of not_sent outside of the scope: a bug of this program
  Counter refusals;      // batches of which the kernel refused some frames
};

// The reaction to an errno of the kernel: retry the frame, or give it up.
enum class Refusal : std::uint8_t { kBackOff, kGiveUp };
Refusal classify_send_errno(int sys_errno) noexcept;

class Sender {
 public:
  struct Setup {
    const inventory::TargetTable& table;
    const RoutePlan& routes;
    std::vector<std::unique_ptr<PacketSink>> sinks;
    std::vector<std::size_t> sink_of_hop;  // by hop of `routes`
    packet::CookieKey key;
    packet::PortSchedule ports;
    PacketRate rate;
    inventory::Scope scope{};
    ProbeRing& requests;
    NoticeRing& notices;
    const Clock& clock;
  };
  explicit Sender(Setup setup);

  // One round: at most one batch. Returns the time of the next call.
  TimePoint step();
  // Repeats rounds until stopped; sleeps in between. Requests still queued then get no notice.
  void run(const std::stop_token& stop);

  void set_rate(PacketRate rate) { rate_.store(rate.per_second, std::memory_order_relaxed); }
  const SenderCounters& counters() const { return counters_; }
  // Beats in every round, and in every attempt to submit a batch.
  Heartbeat& heartbeat() { return heartbeat_; }

 private:
  // A sink with the frames that wait for its next submit.
  struct Lane {
    std::unique_ptr<PacketSink> sink;
    std::vector<std::array<std::byte, packet::kFrameBytesMax>> slots;
    std::array<Frame, kBatchMax> frames;
    std::array<ProbeRequest, kBatchMax> requests;
    std::size_t count = 0;
    // The kernel took no frame for a full second. Until it takes one again, each batch gets one
    // attempt, and the frames that it refuses are given up.
    bool stuck = false;
  };

  std::size_t pull(std::uint32_t allowance);
  void build(const ProbeRequest& request);
  void refuse(const ProbeRequest& request);
  void flush(Lane& lane);
  SendReport submit_pending(Lane& lane, std::uint64_t pending);
  void give_notice(const Lane& lane, std::uint64_t which, TimePoint at, bool sent);

  const inventory::TargetTable& table_;
  const RoutePlan& routes_;
  std::vector<Lane> lanes_;
  std::vector<std::size_t> lane_of_hop_;
  std::vector<packet::SynTemplate> templates_;  // by hop
  packet::CookieKey key_;
  packet::PortSchedule ports_;
  inventory::Scope scope_;
  std::atomic<double> rate_;
  Pacer pacer_;
  Random random_;  // of IP identifications only: they are visible on the wire (ADR 24)
  ProbeRing& requests_;
  NoticeRing& notices_;
  const Clock& clock_;
  std::array<ProbeRequest, kBatchMax> pulled_{};
  Heartbeat heartbeat_;
  alignas(kCacheLineBytes) SenderCounters counters_;
};

}  // namespace rollcall::send
