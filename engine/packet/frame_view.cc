#include "engine/packet/frame_view.h"

#include <algorithm>
#include <array>

#include "engine/packet/wire_layout.h"

namespace rollcall::packet {
namespace {

using Bytes = std::span<const std::byte>;
using View = std::expected<FrameView, RejectReason>;

// A valid IP header, and the bytes after it within the datagram's own length.
struct IpView {
  Address source;
  Address destination;
  std::uint8_t protocol = 0;
  Bytes payload;
};

std::uint8_t byte_at(Bytes bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::unexpected<RejectReason> reject(RejectReason reason) {
  return std::unexpected(reason);
}

std::expected<Bytes, RejectReason> skip_ethernet(Bytes frame) {
  std::size_t header = ethernet::kBytes;
  if (frame.size() < header) return reject(RejectReason::kTruncated);
  auto type = load_be<std::uint16_t>(&frame[ethernet::kEtherType]);
  if (type == ethernet::kTypeVlan) {
    header += ethernet::kVlanTagBytes;
    if (frame.size() < header) return reject(RejectReason::kTruncated);
    type = load_be<std::uint16_t>(&frame[header - 2]);
  }
  if (type != ethernet::kTypeV4 && type != ethernet::kTypeV6) return reject(RejectReason::kNotIp);
  return frame.subspan(header);
}

std::expected<Bytes, RejectReason> skip_link(Bytes frame, LinkType link) {
  constexpr std::size_t kCookedBytes = 16;   // struct sll_header, LINKTYPE_LINUX_SLL
  constexpr std::size_t kCooked2Bytes = 20;  // struct sll2_header, libpcap's LINKTYPE_LINUX_SLL2
  switch (link) {
    case LinkType::kEthernet:
      return skip_ethernet(frame);
    case LinkType::kRawIp:
      return frame;
    case LinkType::kLinuxCooked:
      if (frame.size() < kCookedBytes) return reject(RejectReason::kTruncated);
      return frame.subspan(kCookedBytes);
    case LinkType::kLinuxCooked2:
      if (frame.size() < kCooked2Bytes) return reject(RejectReason::kTruncated);
      return frame.subspan(kCooked2Bytes);
  }
  return reject(RejectReason::kNotIp);
}

// A datagram may be incomplete: cut by the snap length, or quoted in an ICMP message. So a total
// length beyond the available bytes is not an error; each caller checks for the payload bytes that
// it needs.
std::expected<IpView, RejectReason> view_v4(Bytes ip) {
  if (ip.size() < ipv4::kBytesMin) return reject(RejectReason::kTruncated);
  const std::size_t header = (byte_at(ip, ipv4::kVersionIhl) & 0x0f) * std::size_t{4};
  const std::size_t total = load_be<std::uint16_t>(&ip[ipv4::kTotalLength]);
  if (header < ipv4::kBytesMin || header > ip.size() || total < header) {
    return reject(RejectReason::kTruncated);
  }
  if (load_be<std::uint16_t>(&ip[ipv4::kFlagsFragment]) & ipv4::kFragmentOffsetMask) {
    return reject(RejectReason::kFragment);
  }
  // Bytes beyond the datagram's own length are Ethernet padding; do not read them.
  const Bytes datagram = ip.first(std::min(total, ip.size()));
  return IpView{load_v4(&ip[ipv4::kSource]), load_v4(&ip[ipv4::kDestination]),
                byte_at(ip, ipv4::kProtocol), datagram.subspan(header)};
}

std::expected<IpView, RejectReason> view_v6(Bytes ip) {
  if (ip.size() < ipv6::kBytes) return reject(RejectReason::kTruncated);
  const std::size_t payload = load_be<std::uint16_t>(&ip[ipv6::kPayloadLength]);
  const Bytes rest = ip.subspan(ipv6::kBytes);
  return IpView{load_v6(&ip[ipv6::kSource]), load_v6(&ip[ipv6::kDestination]),
                byte_at(ip, ipv6::kNextHeader), rest.first(std::min(payload, rest.size()))};
}

std::expected<IpView, RejectReason> view_ip(Bytes ip) {
  if (ip.empty()) return reject(RejectReason::kTruncated);
  switch (byte_at(ip, 0) >> 4) {
    case 4:
      return view_v4(ip);
    case 6:
      return view_v6(ip);
    default:
      return reject(RejectReason::kNotIp);
  }
}

View view_tcp(const IpView& ip) {
  if (ip.payload.size() < tcp::kBytesMin) return reject(RejectReason::kTruncated);
  const std::byte* tcp = ip.payload.data();
  FrameView view{.peer = ip.source,
                 .self = ip.destination,
                 .peer_port = {load_be<std::uint16_t>(tcp + tcp::kSourcePort)},
                 .self_port = {load_be<std::uint16_t>(tcp + tcp::kDestinationPort)},
                 .proof = {load_be<std::uint32_t>(tcp + tcp::kAck)}};
  constexpr std::uint8_t kMask = tcp::kSyn | tcp::kRst | tcp::kAckFlag | tcp::kFin;
  switch (byte_at(ip.payload, tcp::kFlags) & kMask) {
    case tcp::kSyn | tcp::kAckFlag:
      view.kind = ReplyKind::kSynAck;
      return view;
    case tcp::kRst | tcp::kAckFlag:
      view.kind = ReplyKind::kRst;
      return view;
    case tcp::kAckFlag:
      view.kind = ReplyKind::kBareAck;
      return view;
    default:
      return reject(RejectReason::kUninteresting);
  }
}

View view_unreachable(const IpView& outer, std::uint8_t unreachable_type) {
  if (outer.payload.size() < icmp::kQuote) return reject(RejectReason::kTruncated);
  if (byte_at(outer.payload, icmp::kType) != unreachable_type) {
    return reject(RejectReason::kIcmpOther);
  }
  const auto quoted = view_ip(outer.payload.subspan(icmp::kQuote));
  if (!quoted) return reject(quoted.error());
  if (quoted->protocol != ipv4::kProtocolTcp) return reject(RejectReason::kIcmpOther);
  if (quoted->source.is_v4() != outer.source.is_v4()) return reject(RejectReason::kIcmpOther);
  if (quoted->payload.size() < tcp::kQuotedBytesMin) return reject(RejectReason::kTruncated);
  const std::byte* tcp = quoted->payload.data();
  const std::uint8_t code = byte_at(outer.payload, icmp::kCode);
  // The target itself sent the error if the outer source equals the quoted destination (ADR 27).
  const bool rejected =
      outer.source == quoted->destination && is_rejection(outer.source.is_v4(), code);
  return FrameView{.kind = rejected ? ReplyKind::kRejected : ReplyKind::kUnreachable,
                   .peer = quoted->destination,
                   .self = quoted->source,
                   .peer_port = {load_be<std::uint16_t>(tcp + tcp::kDestinationPort)},
                   .self_port = {load_be<std::uint16_t>(tcp + tcp::kSourcePort)},
                   .proof = {load_be<std::uint32_t>(tcp + tcp::kSeq)},
                   .icmp_code = code};
}

}  // namespace

bool is_rejection(bool v4, std::uint8_t code) {
  if (v4) {
    switch (code) {
      case icmp::kProtocolUnreachable:
      case icmp::kPortUnreachable:
      case icmp::kNetProhibited:
      case icmp::kHostProhibited:
      case icmp::kAdminProhibited:
        return true;
      default:
        return false;
    }
  }
  switch (code) {
    case icmp::kAdminProhibitedV6:
    case icmp::kPortUnreachableV6:
    case icmp::kPolicyFailedV6:
    case icmp::kRejectRouteV6:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(RejectReason reason) {
  static constexpr std::array<std::string_view, kRejectReasons> kNames{
      "truncated",     "not_ip",       "fragment",       "not_tcp_or_icmp", "icmp_other",
      "uninteresting", "not_our_port", "unknown_target", "wrong_epoch",     "wrong_cookie"};
  return kNames[static_cast<std::size_t>(reason)];
}

View view_frame(Bytes frame, LinkType link) {
  const auto network = skip_link(frame, link);
  if (!network) return reject(network.error());
  const auto ip = view_ip(*network);
  if (!ip) return reject(ip.error());
  const bool v4 = ip->source.is_v4();
  if (ip->protocol == ipv4::kProtocolTcp) return view_tcp(*ip);
  if (v4 && ip->protocol == ipv4::kProtocolIcmp) {
    return view_unreachable(*ip, icmp::kUnreachableV4);
  }
  if (!v4 && ip->protocol == ipv6::kNextIcmp) {
    return view_unreachable(*ip, icmp::kUnreachableV6);
  }
  return reject(RejectReason::kNotTcpOrIcmp);
}

}  // namespace rollcall::packet
