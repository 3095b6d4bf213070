// Measures how many SYNs this host can send in a second. It builds and submits them as the sender
// does, but without the scheduler.
//
// Threading: measure_send() starts and joins its own threads.
// Ownership: takes the sinks; borrows everything else for the call.
// Units:     frames; frames per second.
// Errors:    frames that the kernel refuses are counted. A short pause follows, as in the sender.
// Cost:      the given time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cli/bench/report.h"
#include "engine/inventory/target_table.h"
#include "engine/send/packet_sink.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::bench {

struct SendTrial {
  const inventory::TargetTable& table;
  std::span<const ScanIndex> targets;  // sent to repeatedly, all through `hop`
  const send::NextHop& hop;
  std::size_t batch = send::kBatchMax;
  PacketRate rate;  // the sum of all threads
  Duration time{};
  std::function<bool()> interrupted;
};

// Starts one thread for each sink.
// Requires: targets, at least one sink, 0 < batch <= send::kBatchMax, rate > 0.
SendFigures measure_send(const SendTrial& trial,
                         std::vector<std::unique_ptr<send::PacketSink>> sinks);

}  // namespace rollcall::bench
