#include "engine/base/address.h"

#include <arpa/inet.h>

#include <cstring>

namespace rollcall {
namespace {

Address from_network_bytes(const std::array<std::uint8_t, 16>& bytes) {
  std::array<std::uint64_t, 2> halves{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    halves[i / 8] = halves[i / 8] << 8 | bytes[i];
  }
  return Address::from_halves(halves[0], halves[1]);
}

using TextBuffer = std::array<char, INET6_ADDRSTRLEN>;

std::optional<TextBuffer> terminated(std::string_view text) {
  TextBuffer buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  // An embedded NUL would make inet_pton read less than the caller wrote.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer.data(), text.data(), text.size());
  return buffer;
}

std::optional<Address> parse_v6(const TextBuffer& buffer) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, buffer.data(), bytes.data()) != 1) return std::nullopt;
  return from_network_bytes(bytes);
}

std::array<std::uint8_t, 16> to_network_bytes(const Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(address.high() >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(address.low() >> (56 - 8 * i));
  }
  return bytes;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const auto buffer = terminated(text);
  if (!buffer) return std::nullopt;
  if (in_addr v4{}; inet_pton(AF_INET, buffer->data(), &v4) == 1) {
    return from_v4(ntohl(v4.s_addr));
  }
  const auto address = parse_v6(*buffer);
  return address && !address->is_v4() ? address : std::nullopt;
}

std::optional<Address> Address::parse_mapped(std::string_view text) {
  const auto buffer = terminated(text);
  const auto address = buffer ? parse_v6(*buffer) : std::nullopt;
  return address && address->is_v4() ? address : std::nullopt;
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (is_v4()) {
    const in_addr v4_bytes{.s_addr = htonl(v4())};
    inet_ntop(AF_INET, &v4_bytes, buffer.data(), buffer.size());
  } else {
    const auto bytes = to_network_bytes(*this);
    inet_ntop(AF_INET6, bytes.data(), buffer.data(), buffer.size());
  }
  return buffer.data();
}

std::string AddressRange::to_string() const {
  return first == last ? first.to_string() : first.to_string() + "-" + last.to_string();
}

AddressRange range_of_prefix(const Address& network, int bits) {
  const int host_bits = network.bits() - bits;
  std::uint64_t high_mask = 0;  // of host bits
  std::uint64_t low_mask = 0;
  if (host_bits >= 128) {
    high_mask = low_mask = UINT64_MAX;
  } else if (host_bits > 64) {
    high_mask = (std::uint64_t{1} << (host_bits - 64)) - 1;
    low_mask = UINT64_MAX;
  } else if (host_bits == 64) {
    low_mask = UINT64_MAX;
  } else {
    low_mask = (std::uint64_t{1} << host_bits) - 1;
  }
  return {Address::from_halves(network.high() & ~high_mask, network.low() & ~low_mask),
          Address::from_halves(network.high() | high_mask, network.low() | low_mask)};
}

}  // namespace rollcall
