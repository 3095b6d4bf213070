// Reads the kernel's packet counters: of the interfaces that a sweep uses, and of the whole host.
//
// Threading: one thread.
// Ownership: owns its netlink socket and file.
// Units:     frames since boot; take differences.
// Errors:    a counter that cannot be read keeps its last value, so it shows no loss.
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
  std::uint64_t queue_drops = 0;     // by the queue disciplines (TCA_STATS2)
  // Full per-CPU backlogs of the whole host: second column of /proc/net/softnet_stat
  // (net/core/net-procfs.c).
  std::uint64_t backlog_drops = 0;
  // rx_dropped, rx_missed_errors, rx_over_errors, rx_fifo_errors
  // (Documentation/networking/statistics.rst)
  std::uint64_t receive_drops = 0;
  std::uint64_t carrier_changes = 0;  // ups and downs
  std::uint32_t carriers_lost = 0;    // interfaces that have no carrier now
  Duration suspended{};               // CLOCK_BOOTTIME minus CLOCK_MONOTONIC
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

// The sum over the second column of the text of /proc/net/softnet_stat.
std::uint64_t backlog_drops_in(std::string_view softnet_stat);

}  // namespace rollcall::capture
