#include "cli/path_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/render_group.h"

namespace rollcall::cli {
namespace {

using sweep::kSlice;

constexpr double kLossWorthSaying = 0.02;

std::string name_of(const inventory::TargetTable& table, Place target) {
  const inventory::Target& row = table.at(target);
  const std::string address = row.address.to_string();
  return fmt::format(fmt::runtime(row.address.is_v4() ? "{}:{}" : "[{}]:{}"), address,
                     row.port.value);
}

std::string names_of(const inventory::TargetTable& table, const std::vector<Place>& targets) {
  std::vector<std::string> names;
  for (const Place target : targets) names.push_back(name_of(table, target));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string canaries_text(std::size_t count) {
  return count == 1 ? "1 canary" : fmt::format("{} canaries", count);
}

double seconds_of(std::uint32_t slices) {
  return slices * std::chrono::duration<double>(kSlice).count();
}

std::uint32_t deaf_slices(const sweep::PathWatch& path) {
  std::uint32_t deaf = 0;
  for (std::size_t hop = 0; hop < path.hops(); ++hop) deaf += path.witnesses(hop).deaf_slices();
  return deaf;
}

// Whose fault it was that very many fell silent at once.
sweep::Finding whose_fault(const sweep::Sweep& sweep) {
  const sweep::PathWatch& path = sweep.path();
  if (deaf_slices(path) > 0) {
    return {"this host could not hear all the while, so at least a part of it was our own path"};
  }
  const std::uint32_t answering = path.canaries().answering();
  const std::uint32_t still = sweep.canaries_still_answering();
  if (answering == 0) {
    return {
        "nobody else was there to tell whether it is the fleet or ourselves; name somebody who "
        "answers with --canary"};
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
  return {.text = fmt::format("{} targets fell silent at once: sending paused, and they were asked "
                              "once more, slowly; {}",
                              sweep.fell_silent_at_once(), fault.text),
          .clears_us = fault.clears_us};
}

std::string way_of(const send::NextHop& hop) {
  return hop.gateway ? fmt::format("the gateway {} on {}", hop.gateway->to_string(), hop.interface)
                     : fmt::format("the link on {}", hop.interface);
}

// Ways by which nobody was heard, or not all the while.
void add_deaf_ways(const sweep::Sweep& sweep, const send::RoutePlan& routes,
                   std::vector<sweep::Finding>& findings) {
  const sweep::PathWatch& path = sweep.path();
  for (std::size_t hop = 0; hop < routes.hops().size(); ++hop) {
    const std::string way = way_of(routes.hops()[hop]);
    const sweep::Witnesses& witnesses = path.witnesses(hop);
    if (!witnesses.first_heard_at()) {
      findings.push_back({fmt::format(
          "nobody answered by way of {}, no target, no canary and no router: this host cannot "
          "prove that it hears anything from there; name somebody there who answers with --canary",
          way)});
    } else if (const std::uint32_t deaf = witnesses.deaf_slices(); deaf > 0) {
      findings.push_back({fmt::format(
          "for {:.2f} s less than half of those who should answer by way of {} did: the path was "
          "down, or lost most of it; what was silent then was asked again",
          seconds_of(deaf), way)});
    }
  }
}

}  // namespace

std::vector<sweep::Finding> path_findings(const sweep::Sweep& sweep,
                                          const inventory::TargetTable& table,
                                          const send::RoutePlan& routes) {
  const sweep::PathWatch& path = sweep.path();
  std::vector<sweep::Finding> findings;
  add_deaf_ways(sweep, routes, findings);
  if (const auto lost = path.canaries().lost(); !lost.empty()) {
    findings.push_back(
        {fmt::format("{} never answered: {}", canaries_text(lost.size()), names_of(table, lost))});
  }
  if (sweep.fell_silent_at_once() > 0) findings.push_back(fell_silent_at_once(sweep));
  if (sweep.answers_are_rationed()) {
    findings.push_back(
        {.text = "of those some answered when asked slowly, and some did not: a server or router "
                 "rations its answers (200 RSTs a second are common), so they were asked more and "
                 "more slowly; lower --rate or --group-rate",
         .clears_us = true});
  }
  if (sweep.too_lossy() && sweep.progress().answering < sweep.progress().targets) {
    findings.push_back({fmt::format(
        "{:.1f} % of the questions got no answer at first: too much for silence to mean anything; "
        "lower --rate, or look at the path",
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
  for (const Place liar : sweep.path().canaries().liars()) {
    lies.push_back(fmt::format(
        "{} answered, and it should not: something on the way answers for others (a SYN proxy, a "
        "tarpit, a scrubbing service), so an answer proves nothing; ask from behind it",
        name_of(table, liar)));
  }
  return lies;
}

std::string why_it_gave_up(const sweep::Sweep& sweep) {
  if (sweep.leaves_half_open()) {
    return "targets repeat their SYN-ACKs: the RSTs of this host do not reach them, so they keep "
           "half-open connections, and the sweep stopped; look for a firewall rule here or on the "
           "path that drops RSTs, with: rollcall doctor TARGET";
  }
  if (sweep.was_blind()) {
    return "this vantage is blind: those who should answer have not for 15 s; look at its own "
           "link, gateway and firewall first";
  }
  if (!sweep.path().anybody_heard()) {
    return "nobody answered at all: whether it is the fleet or ourselves cannot be told";
  }
  return "packets were lost on this host for 15 s without a break: see what was lost, and where";
}

}  // namespace rollcall::cli
