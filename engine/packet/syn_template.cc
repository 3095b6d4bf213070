#include "engine/packet/syn_template.h"

#include <cstring>

#include "engine/base/error.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::packet {
namespace {

constexpr std::uint16_t kTcpBytes = 24;
constexpr std::uint8_t kTtl = 64;
constexpr std::uint16_t kWindow = 64240;  // as Linux announces on Ethernet: 44 full segments
constexpr std::uint8_t kOptionMss = 2;
constexpr std::uint8_t kOptionMssBytes = 4;
constexpr std::uint16_t kMssV4 = 1460;  // 1500 minus 20 (IP) minus 20 (TCP)
constexpr std::uint16_t kMssV6 = 1440;

std::uint32_t address_words(const Address& address) {
  if (address.is_v4()) return checksum_words(address.v4());
  return checksum_words(static_cast<std::uint32_t>(address.high() >> 32)) +
         checksum_words(static_cast<std::uint32_t>(address.high())) +
         checksum_words(static_cast<std::uint32_t>(address.low() >> 32)) +
         checksum_words(static_cast<std::uint32_t>(address.low()));
}

}  // namespace

SynTemplate::SynTemplate(const Address& self, const std::optional<LinkHeader>& link)
    : v4_(self.is_v4()) {
  if (link) lay_out_link(*link);
  ip_ = link ? ethernet::kBytes : 0;
  tcp_ = ip_ + (v4_ ? ipv4::kBytesMin : ipv6::kBytes);
  bytes_ = tcp_ + kTcpBytes;
  if (v4_) {
    lay_out_v4(self);
  } else {
    lay_out_v6(self);
  }
  lay_out_tcp(v4_ ? kMssV4 : kMssV6);
  // Pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) without the peer's address.
  tcp_sum_ = address_words(self) + ipv4::kProtocolTcp + kTcpBytes +
             checksum_words(std::span(frame_).subspan(tcp_, kTcpBytes));
}

void SynTemplate::lay_out_link(const LinkHeader& link) {
  std::memcpy(&frame_[ethernet::kPeerMac], link.peer_mac.data(), link.peer_mac.size());
  std::memcpy(&frame_[ethernet::kSelfMac], link.self_mac.data(), link.self_mac.size());
  store_be<std::uint16_t>(&frame_[ethernet::kEtherType],
                          v4_ ? ethernet::kTypeV4 : ethernet::kTypeV6);
}

void SynTemplate::lay_out_v4(const Address& self) {
  std::byte* ip = &frame_[ip_];
  store_be<std::uint8_t>(ip + ipv4::kVersionIhl, 0x45);
  store_be<std::uint16_t>(ip + ipv4::kTotalLength, ipv4::kBytesMin + kTcpBytes);
  store_be<std::uint16_t>(ip + ipv4::kFlagsFragment, ipv4::kDontFragment);
  store_be<std::uint8_t>(ip + ipv4::kTtl, kTtl);
  store_be<std::uint8_t>(ip + ipv4::kProtocol, ipv4::kProtocolTcp);
  store_v4(ip + ipv4::kSource, self);
  ip_sum_ = checksum_words(std::span(frame_).subspan(ip_, ipv4::kBytesMin));
}

void SynTemplate::lay_out_v6(const Address& self) {
  std::byte* ip = &frame_[ip_];
  store_be<std::uint32_t>(ip, 0x60000000);
  store_be<std::uint16_t>(ip + ipv6::kPayloadLength, kTcpBytes);
  store_be<std::uint8_t>(ip + ipv6::kNextHeader, ipv4::kProtocolTcp);
  store_be<std::uint8_t>(ip + ipv6::kHopLimit, kTtl);
  store_v6(ip + ipv6::kSource, self);
}

void SynTemplate::lay_out_tcp(std::size_t mss) {
  std::byte* tcp = &frame_[tcp_];
  store_be<std::uint8_t>(tcp + tcp::kDataOffset, kTcpBytes / 4 << 4);
  store_be<std::uint8_t>(tcp + tcp::kFlags, tcp::kSyn);
  store_be<std::uint16_t>(tcp + tcp::kWindow, kWindow);
  store_be<std::uint8_t>(tcp + tcp::kOptions, kOptionMss);
  store_be<std::uint8_t>(tcp + tcp::kOptions + 1, kOptionMssBytes);
  store_be<std::uint16_t>(tcp + tcp::kOptions + 2, static_cast<std::uint16_t>(mss));
}

void SynTemplate::emit(std::span<std::byte> slot, const SynFields& fields) const {
  ROLLCALL_DCHECK(slot.size() >= bytes_ && fields.peer.is_v4() == v4_);
  std::memcpy(slot.data(), frame_.data(), bytes_);
  std::byte* ip = &slot[ip_];
  std::byte* tcp = &slot[tcp_];

  if (v4_) {
    store_v4(ip + ipv4::kDestination, fields.peer);
    store_be<std::uint16_t>(ip + ipv4::kId, fields.ip_id);
    store_be<std::uint16_t>(
        ip + ipv4::kChecksum,
        checksum_finish(ip_sum_ + checksum_words(fields.peer.v4()) + fields.ip_id));
  } else {
    store_v6(ip + ipv6::kDestination, fields.peer);
  }
  store_be<std::uint16_t>(tcp + tcp::kSourcePort, fields.self_port.value);
  store_be<std::uint16_t>(tcp + tcp::kDestinationPort, fields.peer_port.value);
  store_be<std::uint32_t>(tcp + tcp::kSeq, fields.seq.value);
  store_be<std::uint16_t>(
      tcp + tcp::kChecksum,
      checksum_finish(tcp_sum_ + address_words(fields.peer) + fields.self_port.value +
                      fields.peer_port.value + checksum_words(fields.seq.value)));
}

}  // namespace rollcall::packet
