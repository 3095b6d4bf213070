#include "scheduler/verdict/group_pattern.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace rollcall::verdict {
namespace {

using inventory::TargetTable;

// The group's addresses, ascending, and which of them are missing. Both hold something.
struct Layout {
  std::vector<Address> addresses;
  std::vector<std::uint32_t> missing;  // positions in `addresses`, ascending

  const Address& before_missing() const { return addresses[missing.front() - 1]; }
  const Address& after_missing() const { return addresses[missing.back() + 1]; }
  bool is_head() const { return missing.front() == 0; }
  bool is_tail() const { return missing.back() + 1 == addresses.size(); }
  bool is_block() const { return missing.back() - missing.front() + 1 == missing.size(); }
};

Layout lay_out(const TargetTable& table, const GroupReport& report) {
  const inventory::Group& group = table.group(report.group);
  Layout layout;
  layout.addresses.reserve(report.expected);
  layout.missing.reserve(report.missing);
  auto range = report.missing_ranges.begin();
  for (const inventory::Target& row : table.rows().subspan(group.first, group.targets)) {
    if (!layout.addresses.empty() && layout.addresses.back() == row.address) continue;
    while (range != report.missing_ranges.end() && range->last < row.address) ++range;
    if (range != report.missing_ranges.end() && range->contains(row.address)) {
      layout.missing.push_back(static_cast<std::uint32_t>(layout.addresses.size()));
    }
    layout.addresses.push_back(row.address);
  }
  return layout;
}

int subnet_bits(const Address& address) {
  return address.is_v4() ? 24 : 64;
}

AddressRange subnet_of(const Address& address) {
  return range_of_prefix(address, subnet_bits(address));
}

// People say ".200" of a server whose addresses share their first three octets.
std::string short_name(const Layout& layout, const Address& address) {
  const Address& first = layout.addresses.front();
  if (first.is_v4() && subnet_of(first).contains(layout.addresses.back())) {
    return fmt::format(".{}", address.v4() & 0xff);
  }
  return address.to_string();
}

bool is_whole_subnet(const Layout& layout) {
  const AddressRange subnet = subnet_of(layout.addresses[layout.missing.front()]);
  return layout.is_block() && subnet.contains(layout.addresses[layout.missing.back()]) &&
         (layout.is_head() || !subnet.contains(layout.before_missing())) &&
         (layout.is_tail() || !subnet.contains(layout.after_missing()));
}

// The n of "every n-th", or 0. Two addresses are a coincidence, not a pattern.
std::uint32_t stride_of(const Layout& layout) {
  const auto& missing = layout.missing;
  if (missing.size() < 3) return 0;
  const std::uint32_t stride = missing[1] - missing[0];
  for (std::size_t i = 2; i < missing.size(); ++i) {
    if (missing[i] - missing[i - 1] != stride) return 0;
  }
  const bool from_end_to_end =
      missing.front() < stride && missing.back() + stride >= layout.addresses.size();
  return from_end_to_end ? stride : 0;
}

std::string_view ordinal_suffix(std::uint32_t n) {
  if (n / 10 % 10 == 1) return "th";
  switch (n % 10) {
    case 1:
      return "st";
    case 2:
      return "nd";
    case 3:
      return "rd";
    default:
      return "th";
  }
}

std::string describe_missing(const Layout& layout) {
  const std::size_t count = layout.missing.size();
  if (is_whole_subnet(layout)) {
    const Address& first = layout.addresses[layout.missing.front()];
    return fmt::format("all of {}/{}", subnet_of(first).first.to_string(), subnet_bits(first));
  }
  if (layout.is_block() && layout.is_tail()) {
    return fmt::format("the last {}: nothing after {} came up", count,
                       short_name(layout, layout.before_missing()));
  }
  if (layout.is_block() && layout.is_head()) {
    return fmt::format("the first {}: nothing before {} came up", count,
                       short_name(layout, layout.after_missing()));
  }
  if (layout.is_block()) return fmt::format("one block of {}", count);
  const std::uint32_t stride = stride_of(layout);
  return stride == 0 ? "" : fmt::format("every {}{} address", stride, ordinal_suffix(stride));
}

std::string describe_services(const TargetTable& table, const GroupReport& report) {
  const auto& targets = report.not_as_expected;
  if (targets.size() < 2 || targets.size() != report.expected) return "";
  const Port port = table[targets.front()].port;
  for (const TargetIndex target : targets) {
    if (table[target].port != port) return "";
  }
  return fmt::format("port {} on all of them", port.value);
}

}  // namespace

std::string describe_pattern(const TargetTable& table, const GroupReport& report) {
  if (report.missing == 0) return describe_services(table, report);
  if (report.missing == report.expected) return "";
  if (report.missing == 1) return "1 address";
  return describe_missing(lay_out(table, report));
}

}  // namespace rollcall::verdict
