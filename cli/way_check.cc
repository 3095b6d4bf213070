#include "cli/way_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/send/arp_probe.h"

namespace rollcall::cli {
namespace {

using send::NextHop;

constexpr Duration kArpPatience = std::chrono::milliseconds(1500);

std::string name_of(const NextHop& hop) {
  return hop.gateway ? fmt::format("the gateway {} on {}", hop.gateway->to_string(), hop.interface)
                     : fmt::format("the link on {}", hop.interface);
}

std::string lost(const NextHop& hop, const std::string& why) {
  return fmt::format("{} was lost during the sweep{}{}", name_of(hop), why.empty() ? "" : ": ",
                     why);
}

// IPv6 neighbours are left to the kernel's cache.
std::optional<send::MacAddress> ask_over_the_wire(const NextHop& hop) {
  if (!hop.gateway->is_v4()) return hop.gateway_mac;
  const auto mac = send::ask_arp(hop, kArpPatience);
  return mac ? *mac : hop.gateway_mac;  // who cannot ask has learned nothing against the gateway
}

}  // namespace

std::vector<ChangedHop> changed_hops(const send::RoutePlan& before, const send::RoutePlan& after,
                                     const AskGateway& ask) {
  std::vector<ChangedHop> changed;
  for (std::size_t i = 0; i < before.hops().size(); ++i) {
    const NextHop& hop = before.hops()[i];
    const auto same = std::ranges::find_if(after.hops(), [&hop](const NextHop& other) {
      return other.interface_index == hop.interface_index && other.gateway == hop.gateway &&
             other.self == hop.self && other.encapsulated == hop.encapsulated;
    });
    if (same == after.hops().end()) {
      const auto& reasons = after.unroutable();
      changed.push_back({i, lost(hop, reasons.empty() ? "" : reasons.front().reason)});
      continue;
    }
    if (!hop.uses_packet_socket()) continue;
    const auto mac = ask(hop);
    if (!mac) {
      changed.push_back({i, lost(hop, "it does not answer ARP")});
    } else if (*mac != hop.gateway_mac) {
      changed.push_back(
          {i, fmt::format("{} changed its MAC address during the sweep", name_of(hop))});
    }
  }
  return changed;
}

std::vector<ChangedHop> changed_hops(const inventory::TargetTable& table,
                                     const send::RouteRequest& request,
                                     const send::RoutePlan& before) {
  const auto after = send::plan_routes(table, request);
  if (after) return changed_hops(before, *after, &ask_over_the_wire);
  std::vector<ChangedHop> changed;
  for (std::size_t i = 0; i < before.hops().size(); ++i) {
    changed.push_back({i, lost(before.hops()[i], after.error().to_string())});
  }
  return changed;
}

}  // namespace rollcall::cli
