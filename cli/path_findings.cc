#include "cli/path_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/render_group.h"

namespace rollcall::cli {
namespace {

using sweep::kSlice;

std::string name_of(const inventory::TargetTable& table, TargetIndex target) {
  const inventory::Target& row = table[target];
  const std::string address = row.address.to_string();
  return fmt::format(fmt::runtime(row.address.is_v4() ? "{}:{}" : "[{}]:{}"), address,
                     row.port.value);
}

std::string names_of(const inventory::TargetTable& table, const std::vector<TargetIndex>& targets) {
  std::vector<std::string> names;
  for (const TargetIndex target : targets) names.push_back(name_of(table, target));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string canaries_text(std::size_t count) {
  return count == 1 ? "1 canary" : fmt::format("{} canaries", count);
}

double seconds_of(std::uint32_t slices) {
  return slices * std::chrono::duration<double>(kSlice).count();
}

// Whose fault it was that very many fell silent at once.
std::string whose_fault(const sweep::PathWatch& path) {
  if (path.unsound_slices() > 0) {
    return "this host could not hear all the while, so at least a part of it was our own path";
  }
  if (path.canaries().answering() > 0) {
    return fmt::format("{} answered throughout, so it is the fleet and not ourselves",
                       canaries_text(path.canaries().answering()));
  }
  return "nobody else was there to tell whether it is the fleet or ourselves; name somebody who "
         "answers with --canary";
}

}  // namespace

std::vector<std::string> path_findings(const sweep::Sweep& sweep,
                                       const inventory::TargetTable& table) {
  const sweep::PathWatch& path = sweep.path();
  std::vector<std::string> findings;
  if (!path.witnesses().first_heard_at()) {
    findings.push_back(
        "nobody answered, no target, no canary and no router: this host cannot prove that it hears "
        "anything; name somebody who answers with --canary");
  }
  if (const std::uint32_t deaf = path.witnesses().deaf_slices(); deaf > 0) {
    findings.push_back(fmt::format(
        "for {:.2f} s less than half of those who should answer did: the path was down, or lost "
        "most of it; what was silent then was asked again",
        seconds_of(deaf)));
  }
  if (const auto lost = path.canaries().lost(); !lost.empty()) {
    findings.push_back(
        fmt::format("{} never answered: {}", canaries_text(lost.size()), names_of(table, lost)));
  }
  if (const std::uint32_t silent = sweep.fell_silent_at_once(); silent > 0) {
    findings.push_back(fmt::format(
        "{} targets fell silent at once: sending paused, and they were asked once more, slowly; {}",
        silent, whose_fault(path)));
  }
  if (sweep.answers_are_rationed()) {
    findings.push_back(
        "of those some answered when asked slowly, and some did not: a server or router rations "
        "its "
        "answers (200 RSTs a second are common), so they were asked more and more slowly; lower "
        "--rate or --group-rate");
  }
  if (sweep.too_lossy() && sweep.progress().answering < sweep.progress().targets) {
    findings.push_back(fmt::format(
        "{:.1f} % of the questions got no answer at first: too much for silence to mean anything; "
        "lower --rate, or look at the path",
        100 * sweep.loss()));
  }
  return findings;
}

std::vector<std::string> canary_lies(const sweep::Sweep& sweep,
                                     const inventory::TargetTable& table) {
  std::vector<std::string> lies;
  for (const TargetIndex liar : sweep.path().canaries().liars()) {
    lies.push_back(fmt::format(
        "{} answered, and it should not: something on the way answers for others (a SYN proxy, a "
        "tarpit, a scrubbing service), so an answer proves nothing; ask from behind it",
        name_of(table, liar)));
  }
  return lies;
}

std::string why_it_gave_up(const sweep::Sweep& sweep) {
  if (sweep.was_blind()) {
    return "this vantage is blind: those who should answer have not for 15 s; look at its own "
           "link, gateway and firewall first";
  }
  return "packets were lost on this host for 15 s without a break: see what was lost, and where";
}

}  // namespace rollcall::cli
