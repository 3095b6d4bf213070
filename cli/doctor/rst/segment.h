// Builds and parses TCP segments without data, with their IP headers.
//
// The scanner itself sends only SYNs (SynTemplate) and parses only received packets. The RST proof
// needs other kinds of segments, and must also parse outgoing packets.
//
// Threading: pure functions.
// Units:     host byte order.
// Errors:    view_segment() returns nullopt unless it finds a whole TCP header after IP headers.
//            These are IPv4 (first fragment), or IPv6 with routing and option headers. There may
//            be several, because a route of this host may encapsulate. The input is untrusted.
// Cost:      one allocation to build, none to parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/units.h"

namespace rollcall::doctor {

struct Segment {
  Address from;
  Address to;
  Port from_port;
  Port to_port;
  TcpSeq seq;
  TcpSeq ack;
  std::uint8_t flags = 0;  // packet::tcp::kSyn ...

  bool operator==(const Segment&) const = default;
};

// The bytes of the segment with complete checksums. Requires: both addresses are of one family.
std::vector<std::byte> lay_out(const Segment& segment);

// Returns the addresses of the innermost packet; `to` is its final destination, also with an IPv6
// segment routing header.
std::optional<Segment> view_segment(std::span<const std::byte> bytes);
// The bytes after the label stack of an MPLS packet (RFC 3032); empty if the stack has no end.
std::span<const std::byte> past_mpls_labels(std::span<const std::byte> bytes);

bool is_rst(const Segment& segment);
// Whether `segment` has the addresses and ports of `probe`.
bool along(const Segment& probe, const Segment& segment);
// Whether `segment` is the RST with which the sender's kernel answers the SYN-ACK to `probe`. Its
// seq is that SYN-ACK's ack (RFC 9293 section 3.5.2, group 1). Other RSTs with the same addresses
// and ports do not match, for example one that the proof sent in an earlier round.
bool is_reset_after(const Segment& probe, const Segment& segment);

}  // namespace rollcall::doctor
