// How many SYNs a second this host can send: built and submitted as the sender does it, without
// the scheduler.
//
// Threading: measure_send() starts and joins its own threads.
// Ownership: takes the sinks; borrows everything else for the call.
// Units:     frames; frames per second.
// Errors:    none: what the kernel refuses is counted, after a short pause as the sender makes it.
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
  std::span<const ScanIndex> targets;  // asked round and round; all by way of `hop`
  const send::NextHop& hop;
  std::size_t batch = send::kBatchMax;
  PacketRate rate;  // of all threads together
  Duration time{};
  std::function<bool()> interrupted;
};

// One thread a sink. Requires: targets, at least one sink, 0 < batch <= send::kBatchMax, rate > 0.
SendFigures measure_send(const SendTrial& trial,
                         std::vector<std::unique_ptr<send::PacketSink>> sinks);

}  // namespace rollcall::bench
