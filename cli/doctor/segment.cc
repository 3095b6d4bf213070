#include "cli/doctor/segment.h"

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

// Where the TCP header begins; nullopt when there is none.
std::optional<std::size_t> tcp_offset(std::span<const std::byte> bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto version_ihl = load_be<std::uint8_t>(bytes.data());
  if (version_ihl >> 4 == 4) {
    const std::size_t header = (version_ihl & 0x0f) * std::size_t{4};
    if (header < ipv4::kBytesMin || bytes.size() < header) return std::nullopt;
    const auto fragment = load_be<std::uint16_t>(&bytes[ipv4::kFlagsFragment]);
    if ((fragment & ipv4::kFragmentOffsetMask) != 0) return std::nullopt;
    if (load_be<std::uint8_t>(&bytes[ipv4::kProtocol]) != ipv4::kProtocolTcp) return std::nullopt;
    return header;
  }
  if (version_ihl >> 4 != 6 || bytes.size() < ipv6::kBytes) return std::nullopt;
  if (load_be<std::uint8_t>(&bytes[ipv6::kNextHeader]) != ipv4::kProtocolTcp) return std::nullopt;
  return ipv6::kBytes;
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
  // The addresses lie together, right before the TCP header, in both families: with protocol and
  // length they are the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1).
  const std::size_t addresses = v4 ? ipv4::kSource : ipv6::kSource;
  const std::uint32_t sum = packet::checksum_words(std::span(bytes).subspan(addresses)) +
                            ipv4::kProtocolTcp + tcp::kBytesMin;
  store_be(at + tcp::kChecksum, packet::checksum_finish(sum));
  return bytes;
}

std::optional<Segment> view_segment(std::span<const std::byte> bytes) {
  const auto offset = tcp_offset(bytes);
  if (!offset || bytes.size() < *offset + tcp::kBytesMin) return std::nullopt;
  const std::byte* ip = bytes.data();
  const std::byte* at = ip + *offset;
  const bool v4 = load_be<std::uint8_t>(ip) >> 4 == 4;
  return Segment{
      .from = v4 ? packet::load_v4(ip + ipv4::kSource) : packet::load_v6(ip + ipv6::kSource),
      .to =
          v4 ? packet::load_v4(ip + ipv4::kDestination) : packet::load_v6(ip + ipv6::kDestination),
      .from_port = {load_be<std::uint16_t>(at + tcp::kSourcePort)},
      .to_port = {load_be<std::uint16_t>(at + tcp::kDestinationPort)},
      .seq = {load_be<std::uint32_t>(at + tcp::kSeq)},
      .ack = {load_be<std::uint32_t>(at + tcp::kAck)},
      .flags = load_be<std::uint8_t>(at + tcp::kFlags)};
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
