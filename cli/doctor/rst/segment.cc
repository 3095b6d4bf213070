#include "cli/doctor/rst/segment.h"

#include "engine/base/error.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::doctor {
namespace {

namespace ipv4 = packet::ipv4;
namespace ipv6 = packet::ipv6;
namespace tcp = packet::tcp;
using packet::load_be;
using packet::store_be;

constexpr std::uint8_t kTtl = 64;
constexpr std::uint16_t kWindow = 64240;

void lay_out_v4(std::byte* ip, const Segment& segment) {
  store_be<std::uint8_t>(ip + ipv4::kVersionIhl, 0x45);
  store_be<std::uint16_t>(ip + ipv4::kTotalLength, ipv4::kBytesMin + tcp::kBytesMin);
  store_be<std::uint16_t>(ip + ipv4::kFlagsFragment, ipv4::kDontFragment);
  store_be<std::uint8_t>(ip + ipv4::kTtl, kTtl);
  store_be<std::uint8_t>(ip + ipv4::kProtocol, ipv4::kProtocolTcp);
  packet::store_v4(ip + ipv4::kSource, segment.from);
  packet::store_v4(ip + ipv4::kDestination, segment.to);
  store_be(ip + ipv4::kChecksum,
           packet::checksum_finish(packet::checksum_words({ip, ipv4::kBytesMin})));
}

void lay_out_v6(std::byte* ip, const Segment& segment) {
  store_be<std::uint32_t>(ip, 0x60000000);
  store_be<std::uint16_t>(ip + ipv6::kPayloadLength, tcp::kBytesMin);
  store_be<std::uint8_t>(ip + ipv6::kNextHeader, ipv4::kProtocolTcp);
  store_be<std::uint8_t>(ip + ipv6::kHopLimit, kTtl);
  packet::store_v6(ip + ipv6::kSource, segment.from);
  packet::store_v6(ip + ipv6::kDestination, segment.to);
}

void lay_out_tcp(std::byte* at, const Segment& segment) {
  store_be(at + tcp::kSourcePort, segment.from_port.value);
  store_be(at + tcp::kDestinationPort, segment.to_port.value);
  store_be(at + tcp::kSeq, segment.seq.value);
  store_be(at + tcp::kAck, segment.ack.value);
  store_be<std::uint8_t>(at + tcp::kDataOffset, tcp::kBytesMin / 4 << 4);
  store_be(at + tcp::kFlags, segment.flags);
  store_be(at + tcp::kWindow, kWindow);
}

// Protocol numbers (IANA) of headers that may come before TCP.
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kIpv4InIp = 4;
constexpr std::uint8_t kIpv6InIp = 41;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kDestinationOptions = 60;
// More headers than any real packet has. The input is untrusted.
constexpr int kHeadersMax = 8;
// A segment routing header (RFC 8754) has its type at byte 2. The first entry of its list is the
// final destination.
constexpr std::size_t kRoutingType = 2;
constexpr std::size_t kSegmentsLeft = 3;
constexpr std::uint8_t kSegmentRouting = 4;
constexpr std::size_t kSegmentList = 8;

// The offset of a TCP header, and the addresses from the IP headers before it.
struct Packet {
  std::size_t tcp = 0;
  Address from;
  Address to;
};

// The protocol and the offset of the header that follows an IP header.
struct Next {
  std::uint8_t protocol = 0;
  std::size_t at = 0;
};

std::optional<Next> past_ipv4(std::span<const std::byte> bytes, std::size_t ip, Packet& packet) {
  if (bytes.size() < ip + ipv4::kBytesMin) return std::nullopt;
  const std::byte* header = &bytes[ip];
  const std::size_t length = (load_be<std::uint8_t>(header) & 0x0f) * std::size_t{4};
  if (length < ipv4::kBytesMin || bytes.size() < ip + length) return std::nullopt;
  const auto fragment = load_be<std::uint16_t>(header + ipv4::kFlagsFragment);
  if ((fragment & ipv4::kFragmentOffsetMask) != 0) return std::nullopt;
  packet.from = packet::load_v4(header + ipv4::kSource);
  packet.to = packet::load_v4(header + ipv4::kDestination);
  return Next{load_be<std::uint8_t>(header + ipv4::kProtocol), ip + length};
}

std::optional<Next> past_ipv6(std::span<const std::byte> bytes, std::size_t ip, Packet& packet) {
  if (bytes.size() < ip + ipv6::kBytes) return std::nullopt;
  packet.from = packet::load_v6(&bytes[ip + ipv6::kSource]);
  packet.to = packet::load_v6(&bytes[ip + ipv6::kDestination]);
  Next next{load_be<std::uint8_t>(&bytes[ip + ipv6::kNextHeader]), ip + ipv6::kBytes};
  for (int i = 0; i < kHeadersMax; ++i) {
    const bool routing = next.protocol == kRouting;
    if (!routing && next.protocol != kHopByHop && next.protocol != kDestinationOptions) break;
    if (bytes.size() < next.at + 8) return std::nullopt;
    const std::byte* header = &bytes[next.at];
    const std::size_t length = (load_be<std::uint8_t>(header + 1) + std::size_t{1}) * 8;
    if (bytes.size() < next.at + length) return std::nullopt;
    if (routing && load_be<std::uint8_t>(header + kRoutingType) == kSegmentRouting &&
        load_be<std::uint8_t>(header + kSegmentsLeft) != 0 && length >= kSegmentList + 16) {
      packet.to = packet::load_v6(header + kSegmentList);
    }
    next = {load_be<std::uint8_t>(header), next.at + length};
  }
  return next;
}

// The innermost IP packet that carries TCP; nullopt when there is none.
std::optional<Packet> find_tcp(std::span<const std::byte> bytes) {
  Packet packet;
  std::size_t ip = 0;
  for (int i = 0; i < kHeadersMax; ++i) {
    if (bytes.size() <= ip) return std::nullopt;
    const int version = load_be<std::uint8_t>(&bytes[ip]) >> 4;
    if (version != 4 && version != 6) return std::nullopt;
    const auto next = version == 4 ? past_ipv4(bytes, ip, packet) : past_ipv6(bytes, ip, packet);
    if (!next) return std::nullopt;
    if (next->protocol == ipv4::kProtocolTcp) {
      packet.tcp = next->at;
      return packet;
    }
    if (next->protocol != kIpv4InIp && next->protocol != kIpv6InIp) return std::nullopt;
    ip = next->at;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::byte> lay_out(const Segment& segment) {
  const bool v4 = segment.from.is_v4();
  ROLLCALL_CHECK(segment.to.is_v4() == v4);
  const std::size_t header = v4 ? ipv4::kBytesMin : ipv6::kBytes;
  std::vector<std::byte> bytes(header + tcp::kBytesMin);
  v4 ? lay_out_v4(bytes.data(), segment) : lay_out_v6(bytes.data(), segment);
  std::byte* at = &bytes[header];
  lay_out_tcp(at, segment);
  // In both families the addresses are the last bytes before the TCP header. With protocol and
  // length they form the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1).
  const std::size_t addresses = v4 ? ipv4::kSource : ipv6::kSource;
  const std::uint32_t sum = packet::checksum_words(std::span(bytes).subspan(addresses)) +
                            ipv4::kProtocolTcp + tcp::kBytesMin;
  store_be(at + tcp::kChecksum, packet::checksum_finish(sum));
  return bytes;
}

std::optional<Segment> view_segment(std::span<const std::byte> bytes) {
  const auto packet = find_tcp(bytes);
  if (!packet || bytes.size() < packet->tcp + tcp::kBytesMin) return std::nullopt;
  const std::byte* at = &bytes[packet->tcp];
  return Segment{.from = packet->from,
                 .to = packet->to,
                 .from_port = {load_be<std::uint16_t>(at + tcp::kSourcePort)},
                 .to_port = {load_be<std::uint16_t>(at + tcp::kDestinationPort)},
                 .seq = {load_be<std::uint32_t>(at + tcp::kSeq)},
                 .ack = {load_be<std::uint32_t>(at + tcp::kAck)},
                 .flags = load_be<std::uint8_t>(at + tcp::kFlags)};
}

std::span<const std::byte> past_mpls_labels(std::span<const std::byte> bytes) {
  constexpr std::size_t kLabelBytes = 4;
  for (int i = 0; i < kHeadersMax && bytes.size() >= kLabelBytes; ++i) {
    const bool is_last = (load_be<std::uint8_t>(&bytes[2]) & 1) != 0;
    bytes = bytes.subspan(kLabelBytes);
    if (is_last) return bytes;
  }
  return {};
}

bool is_rst(const Segment& segment) {
  return (segment.flags & tcp::kRst) != 0;
}

bool along(const Segment& probe, const Segment& segment) {
  return segment.from == probe.from && segment.to == probe.to &&
         segment.from_port == probe.from_port && segment.to_port == probe.to_port;
}

bool is_reset_after(const Segment& probe, const Segment& segment) {
  return is_rst(segment) && along(probe, segment) && segment.seq == probe.seq + 1;
}

}  // namespace rollcall::doctor
