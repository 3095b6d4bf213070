// The sending thread: pull, pace, build, submit, account.
//
//   ProbeRing ──> [pull] ──> [build into the lane's slots] ──> [submit a batch] ──> wire
//                    pacer says how many                             │
//   NoticeRing <─────────────────────────────────────────────────────┘ one notice a request
//
// A probe names a place in the immutable table, so no frame can be built for an address outside of
// the inventory. The loader holds the inventory to the ranges that the operator allows; here, where
// the frame is built, each address is checked against them once more.
//
// Threading: step() and run() on one thread; set_rate() and counters() from any.
// Ownership: owns its lanes; borrows table, plan, rings and clock, which outlive it.
// Units:     probes; probes per second.
// Errors:    a frame that the kernel refuses for now is retried with pauses for up to a second; one
// that
//            it refuses for good, or for that long, is reported as not sent. Neither stops the
//            sender.
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
  Counter out_of_scope;  // of these the latter: a fault of this program
  Counter refusals;      // times that a batch was not taken whole
};

// What becomes of a frame after an errno of the kernel.
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

  // One round: at most one batch. Returns when to call again.
  TimePoint step();
  // Rounds until stopped; sleeps in between. Requests still queued then stay unanswered.
  void run(const std::stop_token& stop);

  void set_rate(PacketRate rate) { rate_.store(rate.per_second, std::memory_order_relaxed); }
  const SenderCounters& counters() const { return counters_; }
  // Beats in every round, and in every try to get a batch through.
  Heartbeat& heartbeat() { return heartbeat_; }

 private:
  // A sink with the frames that wait for its next submit.
  struct Lane {
    std::unique_ptr<PacketSink> sink;
    std::vector<std::array<std::byte, packet::kFrameBytesMax>> slots;
    std::array<Frame, kBatchMax> frames;
    std::array<ProbeRequest, kBatchMax> requests;
    std::size_t count = 0;
    // A full second brought nothing through: until something is taken again, each batch gets one
    // try, and what it does not take is given up.
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
  Random random_;  // of IP identifications, and of nothing else: everybody sees them
  ProbeRing& requests_;
  NoticeRing& notices_;
  const Clock& clock_;
  std::array<ProbeRequest, kBatchMax> pulled_{};
  Heartbeat heartbeat_;
  alignas(kCacheLineBytes) SenderCounters counters_;
};

}  // namespace rollcall::send
