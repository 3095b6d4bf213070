// TCP segments without data, laid out and read back from their IP header on.
//
// The scanner itself only ever emits SYNs (SynTemplate) and only reads what comes in; proving that
// the kernel resets needs the other kinds, and a look at what goes out.
//
// Threading: pure functions.
// Ownership: values.
// Units:     host byte order.
// Errors:    view_segment() returns nullopt for anything but a whole TCP header. Before it stand
// one
//            or more IPv4 (first fragment) or IPv6 headers, with routing and option headers: a
//            route of this host may encapsulate. Input is hostile.
// Cost:      one allocation to lay out, none to read.
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

// Both checksums are complete. Requires: both addresses of one family.
std::vector<std::byte> lay_out(const Segment& segment);

// Addresses are those of the innermost packet, and of its final destination.
std::optional<Segment> view_segment(std::span<const std::byte> bytes);
// What follows the label stack of an MPLS packet (RFC 3032); empty when the stack has no end.
std::span<const std::byte> past_mpls_labels(std::span<const std::byte> bytes);

bool is_rst(const Segment& segment);
// Whether `segment` goes from `probe`'s sender to whom it asked.
bool along(const Segment& probe, const Segment& segment);
// Whether `segment` is what the kernel of `probe`'s sender says to the SYN-ACK that answers
// `probe`: a RST whose number is that SYN-ACK's ack (RFC 9293 section 3.5.2, group 1). Any other
// RST along the same way, such as one that we sent ourselves in an earlier round, is not.
bool is_reset_after(const Segment& probe, const Segment& segment);

}  // namespace rollcall::doctor
