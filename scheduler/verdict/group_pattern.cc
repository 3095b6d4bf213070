#include "scheduler/verdict/group_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::verdict {
namespace {

using inventory::TargetTable;

constexpr std::size_t kSubnetsNamedMax = 3;
// In a subnet of two or three addresses nearly everything looks like a head or a tail.
constexpr std::uint32_t kEndsOfMin = 4;

int subnet_bits(const Address& address) {
  return address.is_v4() ? 24 : 64;
}

AddressRange subnet_of(const Address& address) {
  return range_of_prefix(address, subnet_bits(address));
}

std::string subnet_text(const Address& address) {
  return fmt::format("{}/{}", subnet_of(address).first.to_string(), subnet_bits(address));
}

// Operators write ".200" for an address when its first three octets are known.
std::string short_name(const Address& address) {
  return address.is_v4() ? fmt::format(".{}", address.v4() & 0xff) : address.to_string();
}

// A range of positions among the group's addresses, and the missing positions in it.
struct Part {
  std::uint32_t begin;
  std::uint32_t end;
  std::span<const std::uint32_t> missing;  // positions, ascending; not empty

  std::uint32_t size() const { return end - begin; }
  bool is_whole() const { return missing.size() == size(); }
  bool is_block() const { return missing.back() - missing.front() + 1 == missing.size(); }
  bool is_head() const { return is_block() && missing.front() == begin; }
  bool is_tail() const { return is_block() && missing.back() + 1 == end; }
};

// The group's addresses, ascending, and the missing ones among them. Neither vector is empty.
struct Layout {
  std::vector<Address> addresses;
  std::vector<std::uint32_t> missing;  // positions in `addresses`, ascending

  Part whole() const { return {0, static_cast<std::uint32_t>(addresses.size()), missing}; }
  const Address& first_of(const Part& part) const { return addresses[part.begin]; }
};

Layout lay_out(const TargetTable& table, const GroupReport& report) {
  const inventory::Group& group = table.group(report.group);
  Layout layout;
  layout.addresses.reserve(report.expected);
  layout.missing.reserve(report.missing);
  auto range = report.missing_ranges.begin();
  for (const inventory::Target& row : table.rows(group)) {
    if (!layout.addresses.empty() && layout.addresses.back() == row.address) continue;
    while (range != report.missing_ranges.end() && range->last < row.address) ++range;
    if (range != report.missing_ranges.end() && range->contains(row.address)) {
      layout.missing.push_back(static_cast<std::uint32_t>(layout.addresses.size()));
    }
    layout.addresses.push_back(row.address);
  }
  return layout;
}

// The group's addresses, split by subnet or by address family.
struct Cut {
  std::uint32_t parts = 0;
  std::vector<Part> hit;  // the parts with at least one missing address
};

Cut cut_by(const Layout& layout, auto&& belong_together) {
  const auto size = static_cast<std::uint32_t>(layout.addresses.size());
  std::span<const std::uint32_t> missing = layout.missing;
  Cut cut;
  for (std::uint32_t begin = 0, end = 0; begin < size; begin = end, ++cut.parts) {
    while (end < size && belong_together(layout.addresses[begin], layout.addresses[end])) ++end;
    const auto next = std::ranges::lower_bound(missing, end);
    const auto count = static_cast<std::size_t>(next - missing.begin());
    if (count > 0) cut.hit.push_back({begin, end, missing.first(count)});
    missing = missing.subspan(count);
  }
  return cut;
}

Cut cut_by_family(const Layout& layout) {
  return cut_by(layout, [](const Address& a, const Address& b) { return a.is_v4() == b.is_v4(); });
}

Cut cut_by_subnet(const Layout& layout) {
  return cut_by(layout,
                [](const Address& a, const Address& b) { return subnet_of(a).contains(b); });
}

// "a", "a and b", "a, b, c and 2 more subnets".
std::string listed(const std::vector<Part>& parts, auto&& text_of) {
  const std::size_t named = std::min(parts.size(), kSubnetsNamedMax);
  std::string text;
  for (std::size_t i = 0; i < named; ++i) {
    const bool is_last = i + 1 == parts.size();
    text += (i == 0 ? "" : is_last ? " and " : ", ") + text_of(parts[i]);
  }
  if (named == parts.size()) return text;
  const std::size_t more = parts.size() - named;
  return text + fmt::format(" and {} more subnet{}", more, more == 1 ? "" : "s");
}

std::string all_of_family(const Layout& layout) {
  const Cut families = cut_by_family(layout);
  if (families.parts < 2 || families.hit.size() != 1 || !families.hit[0].is_whole()) return "";
  const bool is_v4 = layout.first_of(families.hit[0]).is_v4();
  return fmt::format("all of its {} addresses", is_v4 ? "IPv4" : "IPv6");
}

// A subnet that holds only one address of the group does not count as a failed subnet.
std::string all_of_subnets(const Layout& layout, const Cut& subnets) {
  const auto is_whole = [](const Part& part) { return part.is_whole() && part.size() > 1; };
  if (!std::ranges::all_of(subnets.hit, is_whole)) return "";
  return "all of " +
         listed(subnets.hit, [&](const Part& part) { return subnet_text(layout.first_of(part)); });
}

// "the last 54: nothing after .200 came up".
std::string end_of(const Layout& layout, const Part& part, const std::string& of_what,
                   auto&& name_of) {
  const std::size_t count = part.missing.size();
  if (part.is_tail()) {
    return fmt::format("the last {}{}: nothing after {} came up", count, of_what,
                       name_of(layout.addresses[part.missing.front() - 1]));
  }
  if (!part.is_head()) return "";
  return fmt::format("the first {}{}: nothing before {} came up", count, of_what,
                     name_of(layout.addresses[part.missing.back() + 1]));
}

std::string end_of_group(const Layout& layout, const Cut& subnets) {
  return end_of(layout, layout.whole(), "", [&](const Address& address) {
    return subnets.parts == 1 ? short_name(address) : address.to_string();
  });
}

bool is_telling_end(const Part& part) {
  return part.size() >= kEndsOfMin && (part.is_head() || part.is_tail());
}

std::string end_in_words(const Layout& layout, const Part& part) {
  const std::string subnet = subnet_text(layout.first_of(part));
  if (part.is_whole()) return "all of " + subnet;
  const std::string_view end = part.is_tail() ? "last" : "first";
  if (part.missing.size() == 1) return fmt::format("the {} of {}", end, subnet);
  return fmt::format("the {} {} of {}", end, part.missing.size(), subnet);
}

std::string ends_of_subnets(const Layout& layout, const Cut& subnets) {
  if (subnets.parts < 2 || !std::ranges::all_of(subnets.hit, is_telling_end)) return "";
  if (subnets.hit.size() == 1) {
    const Part& part = subnets.hit[0];
    return end_of(layout, part, " of " + subnet_text(layout.first_of(part)), short_name);
  }
  return listed(subnets.hit, [&](const Part& part) { return end_in_words(layout, part); });
}

// Returns n for "every n-th address", or 0. Two addresses are a coincidence, not a pattern.
std::uint32_t stride_of(const Part& part) {
  const auto& missing = part.missing;
  if (missing.size() < 3) return 0;
  const std::uint32_t stride = missing[1] - missing[0];
  for (std::size_t i = 2; i < missing.size(); ++i) {
    if (missing[i] - missing[i - 1] != stride) return 0;
  }
  const bool from_end_to_end =
      missing.front() - part.begin < stride && missing.back() + stride >= part.end;
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

std::string every_nth(const Part& part) {
  const std::uint32_t stride = stride_of(part);
  return stride < 2 ? "" : fmt::format("every {}{} address", stride, ordinal_suffix(stride));
}

std::string count_in_words(const Layout& layout) {
  const auto& missing = layout.missing;
  std::size_t blocks = 1;
  for (std::size_t i = 1; i < missing.size(); ++i) blocks += missing[i] != missing[i - 1] + 1;
  if (blocks == 1) return fmt::format("one block of {}", missing.size());
  if (blocks == missing.size()) return fmt::format("{} single addresses", blocks);
  return fmt::format("{} addresses in {} blocks", missing.size(), blocks);
}

std::string describe_missing(const Layout& layout) {
  if (std::string text = all_of_family(layout); !text.empty()) return text;
  const Cut subnets = cut_by_subnet(layout);
  if (std::string text = all_of_subnets(layout, subnets); !text.empty()) return text;
  if (std::string text = end_of_group(layout, subnets); !text.empty()) return text;
  if (std::string text = ends_of_subnets(layout, subnets); !text.empty()) return text;
  if (std::string text = every_nth(layout.whole()); !text.empty()) return text;

  const std::string count = count_in_words(layout);
  if (subnets.parts < 2 || subnets.hit.size() > 1 || layout.whole().is_block()) return count;
  const std::string subnet = subnet_text(layout.first_of(subnets.hit[0]));
  const std::string nth = every_nth(subnets.hit[0]);
  return nth.empty() ? count + ", all in " + subnet : nth + " of " + subnet;
}

// Requires: no address is missing.
std::string describe_services(const TargetTable& table, const GroupReport& report) {
  const auto& failing = report.not_as_expected;
  if (failing.size() < 2) return "";
  const inventory::Group& group = table.group(report.group);
  const Port port = table[failing.front()].port;
  const auto is_of_port = [&](TargetIndex target) { return table[target].port == port; };
  if (std::ranges::all_of(failing, is_of_port)) {
    if (failing.size() == report.expected) return fmt::format("port {} on all of them", port.value);
    const auto rows = table.rows(group);
    const auto expected = std::ranges::count(rows, port, &inventory::Target::port);
    if (std::cmp_less(failing.size(), expected)) return "";
    return fmt::format("port {} wherever it is expected", port.value);
  }
  const bool all_fail = report.expected > 1 && failing.size() == group.targets;
  return all_fail ? "no port is as expected on any of them" : "";
}

}  // namespace

std::string describe_pattern(const TargetTable& table, const GroupReport& report) {
  if (report.missing == 0) return describe_services(table, report);
  if (report.missing == report.expected) return "";
  if (report.missing == 1) return "1 address";
  return describe_missing(lay_out(table, report));
}

}  // namespace rollcall::verdict
