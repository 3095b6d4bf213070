#include "cli/doctor/rst/egress_sample.h"

#include <algorithm>

namespace rollcall::doctor {
namespace {

struct Count {
  Egress egress;
  std::uint64_t open = 0;
  std::uint64_t all = 0;
  std::uint64_t seen = 0;

  bool counts(const inventory::Target& target) const {
    return open == 0 || target.expect == inventory::Expect::kOpen;
  }
  std::uint64_t wanted() const { return open == 0 ? all : open; }
};

// The egress of each hop of the plan, as an index into `counts`.
std::vector<std::size_t> routes_of_hops(const send::RoutePlan& routes, bool raw_ip_only,
                                        std::vector<Count>& counts) {
  std::vector<std::size_t> route_of_hop;
  for (const send::NextHop& hop : routes.hops()) {
    const Egress egress{hop.interface_index, hop.self.is_v4(),
                        hop.uses_packet_socket() && !raw_ip_only};
    const auto known = std::ranges::find(counts, egress, &Count::egress);
    route_of_hop.push_back(static_cast<std::size_t>(known - counts.begin()));
    if (known == counts.end()) counts.push_back({.egress = egress});
  }
  return route_of_hop;
}

// Whether the n-th of `all` targets is one of the `most` chosen ones, which are spread evenly.
bool drawn(std::uint64_t n, std::uint64_t all, std::uint64_t most) {
  return all <= most || n * most / all != (n + 1) * most / all;
}

}  // namespace

std::vector<EgressSample> sample_egresses(const inventory::TargetTable& table,
                                          const send::RoutePlan& routes, bool raw_ip_only,
                                          std::uint32_t per_egress) {
  std::vector<Count> counts;
  const auto route_of_hop = routes_of_hops(routes, raw_ip_only, counts);
  const auto for_each = [&](const auto& visit) {
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      const std::uint16_t hop = routes.hop_of(table.place_of({row}));
      if (hop != send::RoutePlan::kNoHop) visit(TargetIndex{row}, route_of_hop[hop]);
    }
  };
  for_each([&](TargetIndex target, std::size_t egress) {
    ++counts[egress].all;
    if (table[target].expect == inventory::Expect::kOpen) ++counts[egress].open;
  });

  std::vector<EgressSample> samples;
  for (const Count& count : counts) samples.push_back({.egress = count.egress, .targets = {}});
  for_each([&](TargetIndex target, std::size_t egress) {
    Count& count = counts[egress];
    if (!count.counts(table[target])) return;
    if (drawn(count.seen++, count.wanted(), per_egress)) samples[egress].targets.push_back(target);
  });
  std::erase_if(samples, [](const EgressSample& sample) { return sample.targets.empty(); });
  return samples;
}

}  // namespace rollcall::doctor
