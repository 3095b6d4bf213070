#include "engine/inventory/scope.h"

#include <algorithm>
#include <array>

namespace rollcall::inventory {
namespace {

struct RefusedBlock {
  AddressRange range;
  std::string_view reason;
};

constexpr RefusedBlock v4_block(std::uint32_t first, std::uint32_t last, std::string_view reason) {
  return {{Address::from_v4(first), Address::from_v4(last)}, reason};
}

constexpr RefusedBlock v6_block(std::uint64_t first_high, std::uint64_t first_low,
                                std::uint64_t last_high, std::uint64_t last_low,
                                std::string_view reason) {
  return {{Address::from_halves(first_high, first_low), Address::from_halves(last_high, last_low)},
          reason};
}

// If two blocks overlap, the narrower comes first, so that its reason is the one reported.
constexpr std::array kRefusedV4{
    v4_block(0x00000000, 0x00ffffff, "reserved (this network)"),  // RFC 791 section 3.2
    v4_block(0x7f000000, 0x7fffffff, "loopback"),                 // RFC 1122 section 3.2.1.3
    v4_block(0xa9fe0000, 0xa9feffff, "link-local"),               // RFC 3927
    v4_block(0xe0000000, 0xefffffff, "multicast"),                // RFC 5771
    v4_block(0xffffffff, 0xffffffff, "broadcast"),                // RFC 8190
    v4_block(0xf0000000, 0xfffffffe, "reserved"),                 // RFC 1112 section 4
};

// ::/64 as a whole also keeps the IPv4-mapped block out of IPv6 ranges: Address holds IPv4 there.
constexpr std::array kRefusedV6{
    v6_block(0, 0, 0, 0, "reserved (unspecified)"),             // RFC 4291 2.5.2
    v6_block(0, 1, 0, 1, "loopback"),                           // RFC 4291 2.5.3
    v6_block(0, 2, 0, UINT64_MAX, "reserved (IPv4-embedded)"),  // RFC 4291 2.5.5
    v6_block(0xfe80'0000'0000'0000, 0, 0xfebf'ffff'ffff'ffff, UINT64_MAX, "link-local"),
    v6_block(0xff00'0000'0000'0000, 0, UINT64_MAX, UINT64_MAX, "multicast"),  // RFC 4291 2.7
};

template <std::size_t kCount>
std::optional<std::string_view> first_overlap(const std::array<RefusedBlock, kCount>& blocks,
                                              const AddressRange& range) {
  for (const RefusedBlock& block : blocks) {
    if (block.range.first <= range.last && range.first <= block.range.last) return block.reason;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> refusal(const AddressRange& range) {
  return range.first.is_v4() ? first_overlap(kRefusedV4, range) : first_overlap(kRefusedV6, range);
}

Scope::Scope(std::vector<AddressRange> allowed) {
  std::ranges::sort(allowed, {}, &AddressRange::first);
  for (const AddressRange& range : allowed) {
    // IPv4 lies inside the IPv6 space of an Address: an IPv6 range never allows IPv4 addresses.
    const bool joins = !allowed_.empty() && allowed_.back().first.is_v4() == range.first.is_v4() &&
                       range.first <= allowed_.back().last.plus(1);
    if (joins) {
      allowed_.back().last = std::max(allowed_.back().last, range.last);
    } else {
      allowed_.push_back(range);
    }
  }
}

bool Scope::allows(const AddressRange& range) const {
  if (allowed_.empty()) return true;
  const auto found = std::ranges::find_if(allowed_, [&](const AddressRange& each) {
    return each.first.is_v4() == range.first.is_v4() && each.first <= range.first &&
           range.last <= each.last;
  });
  return found != allowed_.end();
}

}  // namespace rollcall::inventory
