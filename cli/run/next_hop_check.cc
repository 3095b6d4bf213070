#include "cli/run/next_hop_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/send/routing/neighbour_probe.h"
#include "engine/send/routing/neighbour_resolver.h"
#include "engine/send/routing/route_source.h"

namespace rollcall::cli {
namespace {

using send::NextHop;

constexpr Duration kPatience = std::chrono::milliseconds(1500);

std::string name_of(const NextHop& hop) {
  return hop.gateway ? fmt::format("the gateway {} on {}", hop.gateway->to_string(), hop.interface)
                     : fmt::format("the link on {}", hop.interface);
}

// If the reason starts with the hop's name, replaces that name with "it".
std::string lost(const NextHop& hop, const std::string& why) {
  const std::string name = name_of(hop);
  const std::string rest = why.starts_with(name) ? "it" + why.substr(name.size()) : why;
  return fmt::format("{} was lost during the sweep{}{}", name, rest.empty() ? "" : ": ", rest);
}

const char* protocol_of(const NextHop& hop) {
  return hop.gateway->is_v4() ? "ARP" : "neighbour discovery";
}

// Why the interface transmits no packets; empty if it works.
std::string link_failure(const NextHop& hop, const std::vector<send::Interface>& interfaces) {
  const auto found = std::ranges::find(interfaces, hop.interface_index, &send::Interface::index);
  if (found == interfaces.end()) return fmt::format("the interface {} is gone", hop.interface);
  if (!found->up) return fmt::format("{} is down", hop.interface);
  if (!found->carrier) return fmt::format("{} has no carrier", hop.interface);
  return {};
}

NextHopHealth life_of(const NextHop& hop, const send::NeighbourReply& reply) {
  if (reply.mac) {
    return {true, true, fmt::format("{} answers {}", name_of(hop), protocol_of(hop)), reply.mac};
  }
  if (!reply.asked) {
    return {.reason = fmt::format("{} could not be asked by {}", name_of(hop), protocol_of(hop))};
  }
  auto netlink = send::NetlinkSocket::open();
  const auto entry = netlink ? send::look_up_neighbour(*netlink, send::neighbour_of(hop))
                             : Result<send::NeighbourEntry>(send::NeighbourEntry{});
  if (entry && entry->is_static) {
    return {.reason = fmt::format("{} has a static neighbour entry and may not answer {}",
                                  name_of(hop), protocol_of(hop))};
  }
  return {false, true, fmt::format("{} does not answer {}", name_of(hop), protocol_of(hop)), {}};
}

std::vector<bool> which_are_own(const send::RoutePlan& plan, send::RouteSource& source) {
  std::vector<bool> own;
  for (const NextHop& hop : plan.hops()) {
    // Uses a route lookup: `ip route add local PREFIX dev lo` makes own addresses that no interface
    // lists.
    const auto answer = source.route({.destination = hop.self});
    own.push_back(!answer || answer->kind == send::RouteKind::kLocal);
  }
  return own;
}

RoutesNow routes_now(const inventory::TargetTable& table, const send::RouteRequest& request,
                     const send::RoutePlan& before) {
  RoutesNow now;
  auto after = send::plan_routes(table, request);
  if (after) {
    now.plan = *std::move(after);
  } else {
    now.failure = after.error().to_string();
  }
  now.health = next_hop_health(before);
  if (auto source = send::open_netlink_routes()) now.self_is_own = which_are_own(before, **source);
  return now;
}

bool leads_to(const send::RoutePlan& plan, const NextHop& hop) {
  return std::ranges::any_of(plan.hops(), [&hop](const NextHop& other) {
    return other.interface_index == hop.interface_index && other.gateway == hop.gateway;
  });
}

// Why silence behind a hop is no evidence; empty if it is evidence.
std::string change_of(std::size_t i, const send::RoutePlan& before, const RoutesNow& now,
                      const HeardLate& heard_late) {
  const NextHop& hop = before.hops()[i];
  const NextHopHealth life = i < now.health.size() ? now.health[i] : NextHopHealth{};
  if (i < now.self_is_own.size() && !now.self_is_own[i]) {
    return fmt::format("the source address {} left this host during the sweep",
                       hop.self.to_string());
  }
  if (hop.uses_packet_socket() && life.mac && *life.mac != hop.gateway_mac) {
    return fmt::format("{} changed its MAC address during the sweep", name_of(hop));
  }
  if (heard_late && heard_late(i)) return {};
  if (life.known && !life.alive) return lost(hop, life.reason);
  if (!now.plan) return lost(hop, now.failure);
  if (leads_to(*now.plan, hop)) return {};
  const auto& reasons = now.plan->unroutable();
  return lost(hop, reasons.empty() ? "the kernel routes another way now" : reasons.front().reason);
}

// The kernel may send a connect through any member of a multipath route. So one failed member makes
// silence behind all of them no evidence.
std::string reason_of_siblings(std::size_t i, const send::RoutePlan& before,
                               const std::vector<std::string>& reasons) {
  const std::uint16_t multipath = before.hops()[i].multipath;
  if (multipath == 0) return {};
  for (std::size_t other = 0; other < reasons.size(); ++other) {
    if (before.hops()[other].multipath == multipath && !reasons[other].empty()) {
      return reasons[other];
    }
  }
  const auto dead =
      std::ranges::find(before.dead_members(), multipath, &send::DeadMember::multipath);
  return dead == before.dead_members().end() ? std::string() : dead_member_text(*dead);
}

}  // namespace

std::string dead_member_text(const send::DeadMember& member) {
  return fmt::format("{}; connections that the multipath route sends by it are lost",
                     member.reason);
}

std::vector<NextHopHealth> next_hop_health(const send::RoutePlan& plan) {
  std::vector<NextHopHealth> health(plan.hops().size());
  const auto source = send::open_netlink_routes();
  const auto interfaces =
      source ? (*source)->interfaces() : Result<std::vector<send::Interface>>({});
  std::vector<std::size_t> hops;
  std::vector<send::Neighbour> asked;
  for (std::size_t i = 0; i < health.size(); ++i) {
    const NextHop& hop = plan.hops()[i];
    const std::string failure =
        source && interfaces ? link_failure(hop, *interfaces) : std::string();
    if (!failure.empty()) {
      health[i] = {.alive = false, .known = true, .reason = failure};
    } else if (hop.uses_packet_socket()) {
      hops.push_back(i);
      asked.push_back(send::neighbour_of(hop));
    } else {
      health[i].reason = fmt::format("{} has no gateway that could be asked", hop.interface);
    }
  }
  if (asked.empty()) return health;
  const auto replies = send::ask_neighbours(asked, kPatience);
  for (std::size_t i = 0; i < hops.size(); ++i) {
    health[hops[i]] =
        life_of(plan.hops()[hops[i]], replies ? (*replies)[i] : send::NeighbourReply{});
  }
  return health;
}

std::vector<ChangedHop> changed_hops(const send::RoutePlan& before, const RoutesNow& now,
                                     const HeardLate& heard_late) {
  std::vector<std::string> reasons(before.hops().size());
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    reasons[i] = change_of(i, before, now, heard_late);
  }
  std::vector<ChangedHop> changed;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    std::string reason = reasons[i].empty() ? reason_of_siblings(i, before, reasons) : reasons[i];
    if (!reason.empty()) changed.push_back({i, std::move(reason)});
  }
  return changed;
}

std::vector<ChangedHop> changed_hops(const inventory::TargetTable& table,
                                     const send::RouteRequest& request,
                                     const send::RoutePlan& before, const HeardLate& heard_late) {
  return changed_hops(before, routes_now(table, request, before), heard_late);
}

}  // namespace rollcall::cli
