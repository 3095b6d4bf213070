// What the kernel counts about the interfaces that a sweep uses, and about the whole host.
//
// Threading: one thread.
// Ownership: owns its netlink socket and file.
// Units:     frames since boot; take differences.
// Errors:    what cannot be read keeps its last value: it is then no witness.
// Cost:      two netlink requests an interface and one small file: some 50 microseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/fd.h"

struct nl_sock;

namespace rollcall::capture {

struct KernelCounters {
  std::uint64_t sent = 0;            // tx_packets
  std::uint64_t transmit_drops = 0;  // tx_dropped, tx_errors
  std::uint64_t queue_drops = 0;     // of the queue disciplines (TCA_STATS2)
  // Full per-CPU backlogs: second column of /proc/net/softnet_stat (net/core/net-procfs.c); of the
  // whole host.
  std::uint64_t backlog_drops = 0;
  // rx_dropped, rx_missed_errors, rx_over_errors, rx_fifo_errors
  // (Documentation/networking/statistics.rst)
  std::uint64_t receive_drops = 0;
  std::uint64_t carrier_changes = 0;  // ups and downs
  std::uint32_t carriers_lost = 0;    // interfaces without one now
  Duration suspended{};               // CLOCK_BOOTTIME less CLOCK_MONOTONIC
};

class KernelCounterReader {
 public:
  explicit KernelCounterReader(std::vector<std::string> interfaces);
  ~KernelCounterReader();
  KernelCounterReader(const KernelCounterReader&) = delete;
  KernelCounterReader& operator=(const KernelCounterReader&) = delete;

  // Sums over the interfaces.
  const KernelCounters& read();

 private:
  void read_links();
  void read_queues();
  void read_backlog();

  std::vector<std::string> interfaces_;
  nl_sock* socket_;
  Fd softnet_;
  KernelCounters last_;
};

// The sum over the second column of /proc/net/softnet_stat's text.
std::uint64_t backlog_drops_in(std::string_view softnet_stat);

}  // namespace rollcall::capture
