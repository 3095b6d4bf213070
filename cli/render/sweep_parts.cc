#include "cli/render/sweep_parts.h"

#include <cmath>
#include <map>
#include <utility>

namespace rollcall::cli {

double round_to_thousandths(double value) {
  return std::round(value * 1000) / 1000;
}

std::optional<double> rtt_ms(const verdict::TargetProgress& state) {
  if (state.rtt_us == verdict::kNoRtt) return std::nullopt;
  return static_cast<double>(state.rtt_us) / 1000;
}

bool has_rtt(const sweep::PathFigures& path) {
  return path.replies > 0 && path.rtt_p99_ms > 0;
}

bool is_as_expected(const inventory::TargetTable& table, const sweep::SweepResult& result,
                    TargetIndex target) {
  return verdict::as_expected(verdict::verdict_of(state_of(table, result.states, target)),
                              table[target].expect);
}

std::vector<ServiceReport> services_of(const inventory::TargetTable& table,
                                       std::span<const verdict::TargetProgress> states,
                                       const verdict::GroupReport& report) {
  std::map<std::pair<Port, verdict::TargetVerdict>, std::vector<AddressRange>> by_service;
  for (const TargetIndex target : report.not_as_expected) {
    const verdict::TargetVerdict state = verdict::verdict_of(state_of(table, states, target));
    verdict::append_address(by_service[{table[target].port, state}], table[target].address);
  }
  std::vector<ServiceReport> services;
  for (auto& [service, addresses] : by_service) {
    services.push_back({service.first, service.second, std::move(addresses)});
  }
  return services;
}

}  // namespace rollcall::cli
