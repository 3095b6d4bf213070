#include "cli/web/metrics/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/metrics/exposition.h"
#include "engine/inventory/parse/parse_target.h"

namespace rollcall::web {
namespace {

using watch::TargetState;

// The rows of an address, or its one row on that port.
std::vector<std::uint32_t> rows_of(const inventory::TargetTable& table, const Address& address,
                                   std::optional<Port> port) {
  if (port) {
    const auto target = table.find_target(address, *port);
    if (!target) return {};
    return {target->value};
  }
  std::vector<std::uint32_t> rows;
  for (const inventory::Group& group : table.groups()) {
    const auto of_group = table.rows(group);
    const auto same = std::ranges::equal_range(of_group, address, {}, &inventory::Target::address);
    const auto first = group.first + static_cast<std::uint32_t>(same.begin() - of_group.begin());
    for (std::uint32_t i = 0; i < same.size(); ++i) rows.push_back(first + i);
  }
  return rows;
}

struct ProbeSummary {
  std::array<std::uint32_t, watch::kTargetStates> targets{};  // by state
  std::uint32_t rtt_us = verdict::kNoRtt;                     // the longest
  std::uint32_t since_s = 0;                                  // the latest change

  std::uint32_t in(TargetState state) const { return targets[static_cast<std::size_t>(state)]; }
};

ProbeSummary summary_of(const FleetSnapshot& view, const std::vector<std::uint32_t>& rows) {
  ProbeSummary summary;
  for (const std::uint32_t row : rows) {
    const TargetDetail& target = view.targets()[row];
    ++summary.targets[static_cast<std::size_t>(target.state)];
    summary.since_s = std::max(summary.since_s, target.since_s);
    if (target.rtt_us == verdict::kNoRtt) continue;
    summary.rtt_us =
        summary.rtt_us == verdict::kNoRtt ? target.rtt_us : std::max(summary.rtt_us, target.rtt_us);
  }
  return summary;
}

std::string text_of(const ProbeSummary& summary, const Address& address, bool is_success,
                    Exposition exposition) {
  MetricFamilies families;
  families
      .gauge("probe_success",
             "1: the watch holds that the target answers as expected. From its newest sweeps; "
             "nothing was sent for this scrape.")
      .add(is_success);
  if (summary.rtt_us != verdict::kNoRtt) {
    families
        .gauge(
            "probe_duration_seconds",
            "Round trip of the newest probe that was answered; nothing was sent for this scrape.")
        .add(summary.rtt_us / 1e6);
  }
  families.gauge("probe_dns_lookup_time_seconds", "0: targets are addresses.").add(0);
  families.gauge("probe_ip_protocol", "4 or 6.").add(address.is_v4() ? 4 : 6);
  families.gauge("rollcall_probe_targets", "Targets of this address by state.");
  for (std::size_t i = 0; i < summary.targets.size(); ++i) {
    families.add(summary.targets[i], {{"state", to_string(static_cast<TargetState>(i))}});
  }
  if (summary.since_s > 0) {
    families
        .gauge("rollcall_probe_changed_timestamp_seconds",
               "When the state of one of them changed last, since the Unix epoch.")
        .add(summary.since_s);
  }
  return families.text(exposition);
}

}  // namespace

Response probe_answer(const Request& request) {
  const auto text = request.find("target");
  if (!text) return problem(400, "target: is missing; name an address or ADDRESS:PORT");
  const auto target = inventory::target_in(*text);
  if (!target || target->range.first != target->range.last) {
    return problem(400, "target: no ADDRESS or ADDRESS:PORT; IPv6 with a port in [brackets]");
  }
  const std::string_view module = request.find("module").value_or("tcp_connect");
  if (module != "tcp_connect" && module != "icmp") {
    return problem(400, "module: only tcp_connect and icmp can be answered from SYN probes");
  }
  const FleetSnapshot& view = *request.view;
  const Address& address = target->range.first;
  const auto rows = rows_of(view.table(), address, target->port);
  if (rows.empty()) {
    return problem(404, fmt::format("{} is not in the inventory, which alone is watched",
                                    address.to_string()));
  }
  const ProbeSummary summary = summary_of(view, rows);
  if (!view.is_ready(request.now)) {
    return problem(503, "there is no sound sweep younger than two intervals");
  }
  if (summary.in(TargetState::kNew) > 0) return problem(503, "it is not judged yet");
  const bool is_missing =
      summary.in(TargetState::kMissing) + summary.in(TargetState::kNeverAnswered) > 0;
  const bool is_closed = module == "tcp_connect" && summary.in(TargetState::kClosed) > 0;
  const Exposition exposition = exposition_for(request.accept);
  return {.content_type = std::string(content_type(exposition)),
          .body = text_of(summary, address, !is_missing && !is_closed, exposition),
          .headers = {{"Vary", "Accept"}}};
}

}  // namespace rollcall::web
