#include "cli/doctor/rst/rst_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/packet/port_schedule.h"

namespace rollcall::doctor {
namespace {

constexpr unsigned kFirst = packet::kDefaultPortBase.value;
constexpr unsigned kLast = kFirst + packet::kPortSpan - 1;

// An accept rule in a table of our own does not help, because another chain may still drop the
// packet. An untracked packet is never invalid in any chain. The operator removes the fix by
// deleting one table.
std::string fix() {
  return fmt::format(
      "nft 'add table inet rollcall; "
      "add chain inet rollcall in {{ type filter hook prerouting priority raw; }}; "
      "add rule inet rollcall in tcp dport {0}-{1} notrack; "
      "add chain inet rollcall out {{ type filter hook output priority raw; }}; "
      "add rule inet rollcall out tcp sport {0}-{1} notrack'",
      kFirst, kLast);
}

const WireEvidence* worst_route(const RstEvidence& evidence, RstVerdict verdict) {
  const auto found = std::ranges::find_if(
      evidence.wire, [&](const WireEvidence& egress) { return verdict_of(egress) == verdict; });
  return found == evidence.wire.end() ? nullptr : &*found;
}

Check reverse_path(const WireEvidence& egress) {
  const std::string setting = fmt::format("net/ipv4/conf/{}/rp_filter", egress.answer_interface);
  // The kernel applies the higher of the two settings. Loose mode (2) still requires a route back.
  const bool is_loose = egress.rp_filter == 2;
  return {Status::kFail, "rst",
          fmt::format("reverse path filtering (rp_filter) drops the SYN-ACKs that come in on {}, "
                      "since this host routes {} another way: the kernel never sends its RST, and "
                      "targets would keep half-open connections",
                      egress.answer_interface, egress.target),
          is_loose ? fmt::format("sysctl -w net/ipv4/conf/all/rp_filter=0 {}=0", setting)
                   : fmt::format("sysctl -w {}=2", setting)};
}

Check misrouted(const WireEvidence& egress) {
  const std::string route =
      egress.reset_route->empty()
          ? "no route leads it there"
          : fmt::format(
                "routes lead it to {} and not to {}, and it was not seen leaving there "
                "either: the gateway there may be down, or a firewall rule drops it",
                *egress.reset_route, egress.interface);
  return {Status::kFail, "rst",
          fmt::format("the kernel's RST to {} never leaves, so targets would keep half-open "
                      "connections: {}",
                      egress.target, route),
          fmt::format("ip route get {} from {}", egress.target, egress.self)};
}

Check no_neighbour(const WireEvidence& egress) {
  const std::string setting =
      fmt::format("net.{}.neigh.default.gc_thresh3", egress.v4 ? "ipv4" : "ipv6");
  return {Status::kFail, "rst",
          fmt::format("the kernel's neighbour table is full, so its RST to {} never leaves {}: "
                      "targets would keep half-open connections. Try again in a few seconds, or "
                      "enlarge the table above the number of on-link addresses",
                      egress.target, egress.interface),
          fmt::format("sysctl -w {}=65536", setting)};
}

std::string where(const RstEvidence& evidence, RstVerdict verdict) {
  const WireEvidence* egress = worst_route(evidence, verdict);
  return egress == nullptr ? "lo" : egress->interface;
}

Check dropped_in(const RstEvidence& evidence) {
  return {Status::kFail, "rst",
          fmt::format("a firewall rule, often `ct state invalid drop`, keeps SYN-ACKs on {} from "
                      "the kernel, so its RST never leaves: targets would keep half-open "
                      "connections. If the input chain drops by default, accept tcp dport {}-{} in "
                      "it as well",
                      where(evidence, RstVerdict::kDroppedIn), kFirst, kLast),
          fix()};
}

Check dropped_out(const RstEvidence& evidence) {
  return {Status::kFail, "rst",
          fmt::format("a firewall rule, often `ct state invalid drop`, drops the kernel's RST on "
                      "its way out of {}: targets would keep half-open connections. If the output "
                      "chain drops by default, accept tcp sport {}-{} in it as well",
                      where(evidence, RstVerdict::kDroppedOut), kFirst, kLast),
          fix()};
}

Check leaves(const RstEvidence& evidence) {
  if (evidence.wire.empty()) {
    return {Status::kOk, "rst",
            "the kernel's RST leaves on loopback; name targets to see it on the wire"};
  }
  std::string egresses;
  for (const WireEvidence& egress : evidence.wire) {
    egresses += fmt::format("{}{} ({})", egresses.empty() ? "" : ", ", egress.interface,
                            egress.v4 ? "IPv4" : "IPv6");
    if (egress.reset_interface.empty() || egress.reset_interface == egress.interface) continue;
    egresses += fmt::format(", by way of {} where the routes lead it", egress.reset_interface);
  }
  return {Status::kOk, "rst", fmt::format("the kernel's RST was seen leaving on {}", egresses)};
}

Check loop_only(const RstEvidence& evidence) {
  std::string egresses;
  for (const WireEvidence& egress : evidence.wire) {
    if (verdict_of(egress)) continue;
    egresses += fmt::format("{}none of {} targets asked on {} answered",
                            egresses.empty() ? "" : ", ", egress.asked, egress.interface);
  }
  return {Status::kWarn, "rst",
          fmt::format("the kernel's RST leaves on loopback, but was not seen on the wire: {}",
                      egresses)};
}

}  // namespace

std::optional<RstVerdict> verdict_of(const WireEvidence& evidence) {
  if (evidence.reset) return RstVerdict::kLeaves;
  // Over raw IP connection tracking knows the connection, so a RST without one proves nothing.
  const bool blocked = evidence.bare_leaves == false;
  if (evidence.answered > 0 && evidence.reverse_path_dropped) return RstVerdict::kReversePath;
  if (evidence.answered > 0 && evidence.neighbours_full) return RstVerdict::kNoNeighbour;
  if (evidence.answered > 0 && evidence.reset_route &&
      *evidence.reset_route != evidence.interface) {
    return RstVerdict::kMisrouted;
  }
  if (evidence.answered > 0) return blocked ? RstVerdict::kDroppedOut : RstVerdict::kDroppedIn;
  if (evidence.packet_socket && blocked) return RstVerdict::kDroppedOut;
  return std::nullopt;
}

std::optional<RstVerdict> verdict_of(const LoopEvidence& evidence) {
  if (!evidence.lo_up) return std::nullopt;
  if (!evidence.bare_leaves) return RstVerdict::kDroppedOut;
  if (evidence.reset) return RstVerdict::kLeaves;
  // The tap did not see the SYN-ACK: an output rule dropped it. No sweep sends SYN-ACKs, so this
  // proves nothing.
  if (!evidence.syn_ack_seen) return std::nullopt;
  return RstVerdict::kDroppedIn;
}

RstVerdict verdict_of(const RstEvidence& evidence) {
  bool silent_route = false;
  RstVerdict worst = RstVerdict::kLeaves;
  for (const WireEvidence& egress : evidence.wire) {
    const auto verdict = verdict_of(egress);
    silent_route |= !verdict;
    worst = std::max(worst, verdict.value_or(RstVerdict::kLeaves));
  }
  if (worst != RstVerdict::kLeaves) return worst;
  if (!evidence.wire.empty() && !silent_route) return worst;

  // Over raw IP no packet of a sweep is invalid, so loopback proves nothing for it.
  const bool all_raw =
      !evidence.wire.empty() && std::ranges::none_of(evidence.wire, &WireEvidence::packet_socket);
  if (evidence.loop.empty() || all_raw) return RstVerdict::kUnproven;
  for (const LoopEvidence& loop : evidence.loop) {
    worst = std::max(worst, verdict_of(loop).value_or(RstVerdict::kUnproven));
  }
  return silent_route ? std::max(worst, RstVerdict::kLoopOnly) : worst;
}

bool refuses(const RstEvidence& evidence) {
  return std::ranges::any_of(evidence.wire, [](const WireEvidence& egress) {
    const bool still_blocked =
        egress.refused_before && egress.packet_socket && egress.bare_leaves == false;
    return !egress.reset && (egress.answered > 0 || still_blocked);
  });
}

Check judge_rst(const RstEvidence& evidence) {
  switch (verdict_of(evidence)) {
    case RstVerdict::kLeaves:
      return leaves(evidence);
    case RstVerdict::kLoopOnly:
      return loop_only(evidence);
    case RstVerdict::kReversePath:
      return reverse_path(*worst_route(evidence, RstVerdict::kReversePath));
    case RstVerdict::kNoNeighbour:
      return no_neighbour(*worst_route(evidence, RstVerdict::kNoNeighbour));
    case RstVerdict::kMisrouted:
      return misrouted(*worst_route(evidence, RstVerdict::kMisrouted));
    case RstVerdict::kDroppedIn:
      return dropped_in(evidence);
    case RstVerdict::kDroppedOut:
      return dropped_out(evidence);
    case RstVerdict::kUnproven:
      break;
  }
  const bool lo_down =
      std::ranges::any_of(evidence.loop, [](const LoopEvidence& loop) { return !loop.lo_up; });
  const std::string_view asked =
      evidence.wire.empty() ? "no target was asked" : "no target asked has answered";
  if (lo_down) {
    return {Status::kWarn, "rst",
            fmt::format("not proven that the kernel's RST leaves: {}, and lo is down", asked),
            "ip link set lo up"};
  }
  return {Status::kWarn, "rst", fmt::format("not proven that the kernel's RST leaves: {}", asked)};
}

}  // namespace rollcall::doctor
