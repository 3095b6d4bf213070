#include "cli/run/path_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rollcall::cli {
namespace {

using sweep::kSlice;

constexpr double kLossWorthSaying = 0.02;

std::string name_of(const inventory::TargetTable& table, ScanIndex target) {
  const inventory::Target& row = table.at(target);
  const std::string address = row.address.to_string();
  return fmt::format(fmt::runtime(row.address.is_v4() ? "{}:{}" : "[{}]:{}"), address,
                     row.port.value);
}

std::string names_of(const inventory::TargetTable& table, const std::vector<ScanIndex>& targets) {
  std::vector<std::string> names;
  for (const ScanIndex target : targets) names.push_back(name_of(table, target));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string canaries_text(std::size_t count) {
  return count == 1 ? "1 canary" : fmt::format("{} canaries", count);
}

double seconds_of(std::uint32_t slices) {
  return slices * std::chrono::duration<double>(kSlice).count();
}

std::uint32_t unreliable_slices(const sweep::PathMonitor& path) {
  std::uint32_t deaf = 0;
  for (std::size_t egress = 0; egress < path.hops(); ++egress) {
    deaf += path.witnesses(egress).unreliable_slices();
  }
  return deaf;
}

// The probable cause when many targets fell silent at once: the fleet, or this host's own path.
sweep::Finding whose_fault(const sweep::Sweep& sweep) {
  const sweep::PathMonitor& path = sweep.path();
  if (unreliable_slices(path) > 0) {
    return {"this host could not hear all the while, so at least a part of it was our own path"};
  }
  const std::uint32_t answering = path.canaries().answering();
  const std::uint32_t still = sweep.canaries_still_answering();
  if (answering == 0 && sweep.believes_any_silence()) {
    return {
        "no canary answered, so the next hop decided whether it is the fleet or this host's own "
        "path"};
  }
  if (answering == 0) {
    return {
        "no canary answered, so this sweep cannot tell the fleet from this host's own path; name a "
        "host outside of the fleet with --canary"};
  }
  if (still < answering) {
    return {fmt::format("{} of {} answered to the end", still, canaries_text(answering))};
  }
  return {.text = fmt::format("{} answered to the end, so it is the fleet and not ourselves",
                              canaries_text(answering)),
          .clears_us = true};
}

sweep::Finding fell_silent_at_once(const sweep::Sweep& sweep) {
  const sweep::Finding fault = whose_fault(sweep);
  return {.text = fmt::format("{} targets fell silent at once, so sending paused for a second; {}",
                              sweep.fell_silent_at_once(), fault.text),
          .clears_us = fault.clears_us};
}

// Egresses that received nearly no replies for some time. Hops of one egress give one finding.
void add_unreliable_routes(const sweep::Sweep& sweep, const send::RoutePlan& routes,
                           std::vector<sweep::Finding>& findings) {
  const sweep::PathMonitor& path = sweep.path();
  std::vector<bool> reported(path.hops());
  for (std::uint16_t hop = 0; hop < routes.hops().size(); ++hop) {
    const std::uint16_t egress = sweep.egress_of_hop(hop);
    if (reported[egress]) continue;
    reported[egress] = true;
    const std::string route = name_of_hop(routes.hops()[hop]);
    if (const std::uint32_t deaf = path.witnesses(egress).unreliable_slices(); deaf > 0) {
      findings.push_back({fmt::format(
          "for {:.2f} s nearly none of the expected answers came by way of {}: the path was down, "
          "or lost most packets; what was silent then was asked again",
          seconds_of(deaf), route)});
    }
  }
}

constexpr std::size_t kGroupsNamed = 8;

std::string names_of(const std::vector<GroupIndex>& groups, const inventory::TargetTable& table) {
  std::vector<std::string> names;
  for (const GroupIndex group : groups) {
    if (names.size() == kGroupsNamed) break;
    names.push_back(table.group(group).name);
  }
  const std::size_t more = groups.size() - names.size();
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

void add_limited(const sweep::Sweep& sweep, const inventory::TargetTable& table,
                 std::vector<sweep::Finding>& findings) {
  std::vector<GroupIndex> limited;
  std::vector<GroupIndex> silent;  // have answered nothing since they are limited
  for (const auto& [group, pace] : sweep.limited().groups()) {
    (pace.has_answered ? limited : silent).push_back({group});
  }
  // If only one group is limited, its limit explains the failed controls as well.
  if (sweep.no_control_answered() && sweep.limited().size() != 1) {
    findings.push_back(
        {"hosts that answer SYNs do not answer this host's TCP connects: a firewall rule of this "
         "host or of the path drops connects, so no address can be called missing; Fix: allow "
         "outgoing TCP connections (look at `nft list ruleset`, chain output)"});
    return;
  }
  if (sweep.contradicted_controls() > 0) {
    findings.push_back(
        {"hosts that accept SYNs refuse this host's TCP connects: a firewall rule of this host or "
         "of the path rejects them, so a refusal proves nothing; Fix: look for a reject rule in "
         "`nft list ruleset`, chain output"});
  }
  const std::vector<GroupIndex> waiting = sweep.waiting_for_their_limit();
  if (!waiting.empty()) {
    findings.push_back({fmt::format(
        "{} was limited shortly before (it answered fewer new connections than it was asked for) "
        "and does not answer at all now: whether its limit has not recovered or it is down shows "
        "when it has rested for a minute",
        names_of(waiting, table))});
  }
  if (const std::vector<GroupIndex> spent = sweep.spent_unheard(); !spent.empty()) {
    findings.push_back({fmt::format(
        "{} does not answer at all, and no answer could be heard when it was first asked: if it "
        "limits new connections, it may have used up its limit then; the next sweep can tell",
        names_of(spent, table))});
  }
  if (sweep.held_back() > 0) {
    findings.push_back({fmt::format(
        "limited: {} answered fewer new connections shortly before than it was asked for, so it "
        "rests for a minute and is then asked a few targets at a time; {} of its targets were not "
        "asked in this sweep; lower --group-rate, or exempt this host from the limit",
        names_of(sweep.held_back_groups(), table), sweep.held_back())});
  }
  const auto add = [&](const std::vector<GroupIndex>& groups, const char* or_else) {
    if (groups.empty()) return;
    findings.push_back(
        {.text = fmt::format(
             "limited: {} answers fewer new connections than it was asked for (a SYN limit, a full "
             "connection table, or rationed RSTs){}, so it was asked slowly{}; lower --group-rate",
             names_of(groups, table), or_else,
             sweep.limited_ran_out() ? ", and the time did not suffice for all of it" : ""),
         .clears_us = true});
  };
  add(limited, "");
  add(silent, ", or died meanwhile");
}

}  // namespace

std::string name_of_hop(const send::NextHop& hop) {
  return hop.gateway ? fmt::format("the gateway {} on {}", hop.gateway->to_string(), hop.interface)
                     : fmt::format("the link on {}", hop.interface);
}

std::vector<sweep::Finding> misleading_rules(const sweep::Sweep& sweep) {
  if (sweep.led_here() == 0) return {};
  return {
      {"connects to addresses that are silent to SYNs are answered by this host itself: a NAT rule "
       "leads them to a local socket, so an accepted connect proves nothing; Fix: exempt "
       "the connects of rollcall (for example by `meta skuid`) from the redirect or dnat rule in "
       "`nft list ruleset`, type nat, hook output"}};
}

std::vector<sweep::Finding> path_findings(const sweep::Sweep& sweep,
                                          const inventory::TargetTable& table,
                                          const send::RoutePlan& routes) {
  const sweep::PathMonitor& path = sweep.path();
  std::vector<sweep::Finding> findings;
  add_unreliable_routes(sweep, routes, findings);
  if (const auto lost = path.canaries().lost(); !lost.empty()) {
    findings.push_back(
        {fmt::format("{} never answered: {}", canaries_text(lost.size()), names_of(table, lost))});
  }
  if (sweep.fell_silent_at_once() > 0) findings.push_back(fell_silent_at_once(sweep));
  add_limited(sweep, table, findings);
  if (sweep.connects_pass_alone()) {
    findings.push_back(
        {"TCP connects pass where most SYNs of this host are dropped: something on the way filters "
         "by source port, or drops the first SYN of each connection; connects alone told who is "
         "missing"});
    return findings;
  }
  if (sweep.too_lossy() && sweep.progress().answering < sweep.progress().targets) {
    findings.push_back({fmt::format(
        "up to {:.1f} % of the SYNs got no answer at first: too much for silence to mean anything "
        "where it is worst; lower --rate, or look at the path",
        100 * sweep.loss())});
  }
  if (!sweep.too_lossy() && sweep.loss() >= kLossWorthSaying) {
    findings.push_back(
        {fmt::format("the path loses {:.1f} % of questions or answers, so more of them were asked "
                     "before anybody was called missing; look at it",
                     100 * sweep.loss())});
  }
  return findings;
}

std::vector<std::string> canary_lies(const sweep::Sweep& sweep,
                                     const inventory::TargetTable& table) {
  std::vector<std::string> lies;
  for (const ScanIndex canary : sweep.path().canaries().lying_canaries()) {
    lies.push_back(fmt::format(
        "{} answered, and it should not: something on the way answers for others (a SYN proxy, a "
        "tarpit, a scrubbing service), so an answer proves nothing; ask from behind it",
        name_of(table, canary)));
  }
  return lies;
}

std::string why_it_gave_up(const sweep::Sweep& sweep) {
  if (sweep.leaves_half_open()) {
    return "targets repeat their SYN-ACKs: the RSTs of this host do not reach them, so they keep "
           "half-open connections, and the sweep stopped; look for a firewall rule here or on the "
           "path that drops RSTs, with: rollcall doctor TARGET";
  }
  if (sweep.was_blackout()) {
    return "this vantage is blind: those who should answer have not for 15 s; look at its own "
           "link, gateway and firewall first";
  }
  if (!sweep.path().anybody_heard()) {
    return "nobody answered at all: whether it is the fleet or ourselves cannot be told";
  }
  return "packets were lost on this host for 15 s without a break: see what was lost, and where";
}

}  // namespace rollcall::cli
