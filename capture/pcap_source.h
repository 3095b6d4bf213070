// Captures frames from one interface, or from all, through libpcap. A kernel filter admits only
// frames that can be replies to our probes.
//
// Contract as PacketSource. The filter admits, to our own addresses only: TCP to the source-port
// range with SYN-ACK, RST or ACK, and ICMP unreachable. Frames that the scanner sends never enter
// the ring.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/packet_source.h"
#include "engine/base/error.h"
#include "engine/base/units.h"

namespace rollcall::capture {

inline constexpr std::size_t kRingBytesDefault = std::size_t{32} << 20;

// The interface name that captures on all interfaces of this network namespace, also on those that
// come up later.
inline constexpr const char* kEveryInterface = "any";

struct PcapOptions {
  std::string interface;
  std::vector<Address> self;  // our addresses on it
  Port first_port;            // of the source-port range
  Port last_port;
  // With kEveryInterface: the indices of the interfaces that have a capture of their own.
  std::vector<std::uint32_t> not_on;
  std::size_t ring_bytes = kRingBytesDefault;  // about 160,000 replies: half a second at 300,000/s
};

Result<std::unique_ptr<PacketSource>> open_pcap_source(const PcapOptions& options);

// The filter's text, for tests.
std::string filter_text(const PcapOptions& options);

}  // namespace rollcall::capture
