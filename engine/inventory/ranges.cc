#include "engine/inventory/ranges.h"

#include <algorithm>

namespace rollcall::inventory {
namespace {

bool adjoins(const AddressRange& before, const Address& address) {
  return before.last.is_v4() == address.is_v4() &&
         (address <= before.last || before.last.plus(1) == address);
}

Address before(const Address& address) {
  const std::uint64_t borrow = address.low() == 0 ? 1 : 0;
  return Address::from_halves(address.high() - borrow, address.low() - 1);
}

}  // namespace

Ranges compact(std::vector<AddressRange> ranges) {
  std::ranges::sort(ranges, {}, &AddressRange::first);
  Ranges set;
  for (const AddressRange& range : ranges) {
    if (!set.empty() && adjoins(set.back(), range.first)) {
      set.back().last = std::max(set.back().last, range.last);
    } else {
      set.push_back(range);
    }
  }
  return set;
}

void append_address(Ranges& ranges, const Address& address) {
  if (!ranges.empty() && adjoins(ranges.back(), address)) {
    ranges.back().last = address;
  } else {
    ranges.push_back({address, address});
  }
}

Ranges intersection(const Ranges& a, const Ranges& b) {
  Ranges both;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const Address first = std::max(i->first, j->first);
    const Address last = std::min(i->last, j->last);
    if (first <= last) both.push_back({first, last});
    if (i->last < j->last) {
      ++i;
    } else {
      ++j;
    }
  }
  return both;
}

Ranges difference(const Ranges& a, const Ranges& b) {
  Ranges rest;
  auto cut = b.begin();
  for (const AddressRange& range : a) {
    Address first = range.first;
    bool ended = false;
    while (cut != b.end() && cut->last < first) ++cut;
    for (auto i = cut; i != b.end() && i->first <= range.last; ++i) {
      if (first < i->first) rest.push_back({first, before(i->first)});
      ended = range.last <= i->last;
      if (ended) break;
      first = i->last.plus(1);
    }
    if (!ended) rest.push_back({first, range.last});
  }
  return rest;
}

std::uint64_t count_of(const Ranges& ranges) {
  std::uint64_t count = 0;
  for (const AddressRange& range : ranges) {
    count = range.size() > UINT64_MAX - count ? UINT64_MAX : count + range.size();
  }
  return count;
}

}  // namespace rollcall::inventory
