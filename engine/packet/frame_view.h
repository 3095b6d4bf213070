// Parses a received frame, checking each length once, into the fields that the correlator needs.
//
// The content is hostile: any byte sequence is a valid input, no content fails an assertion, no
// read goes beyond the captured bytes. Checksums are not verified: the kernel's own stack verifies
// them before it sends its RST, and the cookie is the stronger check.
//
// Accepts TCP over IPv4 and IPv6 (first fragment, no IPv6 extension headers: a reply to a SYN has
// none), and ICMP type 3 / ICMPv6 type 1 quoting at least 8 bytes of a TCP segment. Skips one VLAN
// tag.
//
// Threading: a pure function.
// Ownership: the result is a value; it keeps no reference to the frame.
// Units:     host byte order.
// Errors:    a RejectReason, one for each kind of useless frame, for the counters.
// Cost:      about 10 ns; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "engine/base/address.h"
#include "engine/base/units.h"

namespace rollcall::packet {

enum class LinkType : std::uint8_t { kEthernet, kRawIp, kLinuxCooked, kLinuxCooked2 };
inline constexpr std::size_t kLinkTypes = 4;

enum class RejectReason : std::uint8_t {
  kTruncated,      // a header does not fit the captured bytes or its own length field
  kNotIp,          // neither IPv4 nor IPv6
  kFragment,       // not the first fragment
  kNotTcpOrIcmp,   // another protocol, or IPv6 extension headers
  kIcmpOther,      // ICMP, but not "unreachable" about a TCP segment
  kUninteresting,  // TCP, but neither SYN-ACK, RST with ACK, nor bare ACK
  kNotOurPort,     // outside the source-port range
  kUnknownTarget,  // the sender is not a target or canary
  kWrongEpoch,     // the port belongs to neither the current nor the previous epoch
  kWrongCookie,    // does not acknowledge (or quote) the number that the cookie requires
};
inline constexpr std::size_t kRejectReasons = 10;

// "truncated", "not_ip", ..., as in JSON.
std::string_view to_string(RejectReason reason);

enum class ReplyKind : std::uint8_t {
  kSynAck,
  kRst,
  kBareAck,
  kRejected,     // ICMP of the probed address itself: its firewall refuses the SYN
  kUnreachable,  // any other ICMP unreachable: a hint
};

// True when the ICMP unreachable `code` can only come from a firewall or a stack that handles this
// destination, such as "port unreachable" or "prohibited". "Net unreachable" and "host unreachable"
// are excluded even if they carry the probed address as their source. A NAT router reports a dead
// inner host so: it translates the source of the error (nf_nat_icmp_reply_translation()).
bool is_rejection(bool v4, std::uint8_t code);

struct FrameView {
  ReplyKind kind = ReplyKind::kSynAck;
  Address peer;  // the address that we probed; for ICMP as quoted
  Address self;
  Port peer_port;
  Port self_port;
  TcpSeq proof;  // the acknowledgement number; for ICMP the quoted sequence number
  std::uint8_t icmp_code = 0;
};

inline bool is_icmp(ReplyKind kind) {
  return kind >= ReplyKind::kRejected;
}

std::expected<FrameView, RejectReason> view_frame(std::span<const std::byte> frame, LinkType link);

}  // namespace rollcall::packet
