#include "cli/doctor/rst_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/packet/port_schedule.h"

namespace rollcall::doctor {
namespace {

constexpr unsigned kFirst = packet::kDefaultPortBase.value;
constexpr unsigned kLast = kFirst + packet::kPortSpan - 1;

// An accept in a table of our own would not help: any other chain may still drop. What is not
// tracked is never invalid, in whatever chain; and whoever wants it gone deletes one table.
std::string mend() {
  return fmt::format(
      "nft 'add table inet rollcall; "
      "add chain inet rollcall in {{ type filter hook prerouting priority raw; }}; "
      "add rule inet rollcall in tcp dport {0}-{1} notrack; "
      "add chain inet rollcall out {{ type filter hook output priority raw; }}; "
      "add rule inet rollcall out tcp sport {0}-{1} notrack'",
      kFirst, kLast);
}

const WireEvidence* worst_way(const RstEvidence& evidence, RstVerdict verdict) {
  const auto found = std::ranges::find_if(
      evidence.wire, [&](const WireEvidence& way) { return verdict_of(way) == verdict; });
  return found == evidence.wire.end() ? nullptr : &*found;
}

Check reverse_path(const WireEvidence& way) {
  const std::string setting = fmt::format("net/ipv4/conf/{}/rp_filter", way.answer_interface);
  // The kernel applies the higher of the two settings; loose (2) also wants some route back.
  const bool is_loose = way.rp_filter == 2;
  return {Status::kFail, "rst",
          fmt::format("reverse path filtering (rp_filter) drops the SYN-ACKs that come in on {}, "
                      "since this host routes {} another way: the kernel never sends its RST, and "
                      "targets would keep half-open connections",
                      way.answer_interface, way.target),
          is_loose ? fmt::format("sysctl -w net/ipv4/conf/all/rp_filter=0 {}=0", setting)
                   : fmt::format("sysctl -w {}=2", setting)};
}

Check misrouted(const WireEvidence& way) {
  const std::string route =
      way.reset_route->empty()
          ? "no route leads it there"
          : fmt::format(
                "routes lead it to {} and not to {}, and it was not seen leaving there "
                "either: the gateway there may be down, or a firewall rule drops it",
                *way.reset_route, way.interface);
  return {Status::kFail, "rst",
          fmt::format("the kernel's RST to {} never leaves, so targets would keep half-open "
                      "connections: {}",
                      way.target, route),
          fmt::format("ip route get {} from {}", way.target, way.self)};
}

Check no_neighbour(const WireEvidence& way) {
  const std::string setting =
      fmt::format("net.{}.neigh.default.gc_thresh3", way.v4 ? "ipv4" : "ipv6");
  return {Status::kFail, "rst",
          fmt::format("the kernel's neighbour table is full, so its RST to {} never leaves {}: "
                      "targets would keep half-open connections. Try again in a few seconds, or "
                      "enlarge the table above the number of on-link addresses",
                      way.target, way.interface),
          fmt::format("sysctl -w {}=65536", setting)};
}

std::string where(const RstEvidence& evidence, RstVerdict verdict) {
  const WireEvidence* way = worst_way(evidence, verdict);
  return way == nullptr ? "lo" : way->interface;
}

Check dropped_in(const RstEvidence& evidence) {
  return {Status::kFail, "rst",
          fmt::format("a firewall rule, often `ct state invalid drop`, keeps SYN-ACKs on {} from "
                      "the kernel, so its RST never leaves: targets would keep half-open "
                      "connections. If the input chain drops by default, accept tcp dport {}-{} in "
                      "it as well",
                      where(evidence, RstVerdict::kDroppedIn), kFirst, kLast),
          mend()};
}

Check dropped_out(const RstEvidence& evidence) {
  return {Status::kFail, "rst",
          fmt::format("a firewall rule, often `ct state invalid drop`, drops the kernel's RST on "
                      "its way out of {}: targets would keep half-open connections. If the output "
                      "chain drops by default, accept tcp sport {}-{} in it as well",
                      where(evidence, RstVerdict::kDroppedOut), kFirst, kLast),
          mend()};
}

Check leaves(const RstEvidence& evidence) {
  if (evidence.wire.empty()) {
    return {Status::kOk, "rst",
            "the kernel's RST leaves on loopback; name targets to see it on the wire"};
  }
  std::string ways;
  for (const WireEvidence& way : evidence.wire) {
    ways +=
        fmt::format("{}{} ({})", ways.empty() ? "" : ", ", way.interface, way.v4 ? "IPv4" : "IPv6");
    if (way.reset_interface.empty() || way.reset_interface == way.interface) continue;
    ways += fmt::format(", by way of {} where the routes lead it", way.reset_interface);
  }
  return {Status::kOk, "rst", fmt::format("the kernel's RST was seen leaving on {}", ways)};
}

Check loop_only(const RstEvidence& evidence) {
  std::string ways;
  for (const WireEvidence& way : evidence.wire) {
    if (verdict_of(way)) continue;
    ways += fmt::format("{}none of {} targets asked on {} answered", ways.empty() ? "" : ", ",
                        way.asked, way.interface);
  }
  return {
      Status::kWarn, "rst",
      fmt::format("the kernel's RST leaves on loopback, but was not seen on the wire: {}", ways)};
}

}  // namespace

std::optional<RstVerdict> verdict_of(const WireEvidence& evidence) {
  if (evidence.reset) return RstVerdict::kLeaves;
  // Over raw IP the kernel's tracking knows the connection, and a RST without one says nothing.
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
  // Not seen itself: a rule on output took the SYN-ACK, which no sweep ever sends.
  if (!evidence.syn_ack_seen) return std::nullopt;
  return RstVerdict::kDroppedIn;
}

RstVerdict verdict_of(const RstEvidence& evidence) {
  bool silent_way = false;
  RstVerdict worst = RstVerdict::kLeaves;
  for (const WireEvidence& way : evidence.wire) {
    const auto verdict = verdict_of(way);
    silent_way |= !verdict;
    worst = std::max(worst, verdict.value_or(RstVerdict::kLeaves));
  }
  if (worst != RstVerdict::kLeaves) return worst;
  if (!evidence.wire.empty() && !silent_way) return worst;

  // Over raw IP loopback is no witness: there no packet of a sweep is invalid.
  const bool all_raw =
      !evidence.wire.empty() && std::ranges::none_of(evidence.wire, &WireEvidence::packet_socket);
  if (evidence.loop.empty() || all_raw) return RstVerdict::kUnproven;
  for (const LoopEvidence& loop : evidence.loop) {
    worst = std::max(worst, verdict_of(loop).value_or(RstVerdict::kUnproven));
  }
  return silent_way ? std::max(worst, RstVerdict::kLoopOnly) : worst;
}

bool refuses(const RstEvidence& evidence) {
  return std::ranges::any_of(evidence.wire, [](const WireEvidence& way) {
    const bool still_blocked = way.refused_before && way.packet_socket && way.bare_leaves == false;
    return !way.reset && (way.answered > 0 || still_blocked);
  });
}

Check judge_rst(const RstEvidence& evidence) {
  switch (verdict_of(evidence)) {
    case RstVerdict::kLeaves:
      return leaves(evidence);
    case RstVerdict::kLoopOnly:
      return loop_only(evidence);
    case RstVerdict::kReversePath:
      return reverse_path(*worst_way(evidence, RstVerdict::kReversePath));
    case RstVerdict::kNoNeighbour:
      return no_neighbour(*worst_way(evidence, RstVerdict::kNoNeighbour));
    case RstVerdict::kMisrouted:
      return misrouted(*worst_way(evidence, RstVerdict::kMisrouted));
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
