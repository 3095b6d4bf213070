// Samples four times a second the packets that this host itself may have lost, and reports them to
// the sweep.
//
//   kernel counters, sender, capture ──> HostLossLedger ──> HostLossSample ──> Sweep
//
// Threading: the scheduler thread.
// Ownership: owns reader and ledger; borrows its other sources, which outlive it.
// Units:     monotonic time.
// Errors:    see KernelCounterReader.
// Cost:      some 100 microseconds every sweep::kSlice; between slices one comparison.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/capture_loop.h"
#include "capture/host_loss_ledger.h"
#include "capture/kernel_counters.h"
#include "engine/send/sender.h"
#include "scheduler/recheck/tcp_connector.h"
#include "scheduler/sweep/path/path_monitor.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

class HostLossSampler {
 public:
  struct Sources {
    std::vector<std::string> interfaces;
    send::Sender& sender;
    capture::CaptureLoop& capture;
    const recheck::TcpConnector& connector;
    bool probes_are_queued = false;  // a lane is raw IP, and its packets pass the qdisc
  };
  HostLossSampler(Sources sources, TimePoint start);

  // Call it every round. Returns the slice if one has just ended.
  std::optional<sweep::HostLossSample> round(TimePoint now);

  // Reads the counters a last time. Call it after the threads have ended.
  void close(TimePoint now);

  std::vector<std::string> findings() const { return ledger_.findings(); }
  // The counts of the sender, the capture and the kernel; the sweep adds its own.
  sweep::PathFigures figures() const;

 private:
  capture::PathSample sample(TimePoint now);

  capture::KernelCounterReader reader_;
  send::Sender& sender_;
  capture::CaptureLoop& capture_;
  const recheck::TcpConnector& connector_;
  bool probes_are_queued_;
  Heartbeat scheduler_;
  TimePoint sampled_at_;
  capture::HostLossLedger ledger_;
};

}  // namespace rollcall::cli
