#include "cli/doctor/sample.h"

#include <algorithm>

namespace rollcall::doctor {
namespace {

struct Count {
  Way way;
  std::uint64_t open = 0;
  std::uint64_t all = 0;
  std::uint64_t seen = 0;

  bool counts(const inventory::Target& target) const {
    return open == 0 || target.expect == inventory::Expect::kOpen;
  }
  std::uint64_t wanted() const { return open == 0 ? all : open; }
};

// The way of each hop of the plan, as a position in the counts.
std::vector<std::size_t> ways_of_hops(const send::RoutePlan& routes, bool raw_ip_only,
                                      std::vector<Count>& counts) {
  std::vector<std::size_t> way_of_hop;
  for (const send::NextHop& hop : routes.hops()) {
    const Way way{hop.interface_index, hop.self.is_v4(), hop.uses_packet_socket() && !raw_ip_only};
    const auto known = std::ranges::find(counts, way, &Count::way);
    way_of_hop.push_back(static_cast<std::size_t>(known - counts.begin()));
    if (known == counts.end()) counts.push_back({.way = way});
  }
  return way_of_hop;
}

// Whether the n-th of `all` is one of `most` that are spread evenly.
bool drawn(std::uint64_t n, std::uint64_t all, std::uint64_t most) {
  return all <= most || n * most / all != (n + 1) * most / all;
}

}  // namespace

std::vector<WaySample> sample_ways(const inventory::TargetTable& table,
                                   const send::RoutePlan& routes, bool raw_ip_only,
                                   std::uint32_t per_way) {
  std::vector<Count> counts;
  const auto way_of_hop = ways_of_hops(routes, raw_ip_only, counts);
  const auto for_each = [&](const auto& visit) {
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      const std::uint16_t hop = routes.hop_of(table.place_of({row}));
      if (hop != send::RoutePlan::kNoHop) visit(TargetIndex{row}, way_of_hop[hop]);
    }
  };
  for_each([&](TargetIndex target, std::size_t way) {
    ++counts[way].all;
    if (table[target].expect == inventory::Expect::kOpen) ++counts[way].open;
  });

  std::vector<WaySample> samples;
  for (const Count& count : counts) samples.push_back({.way = count.way, .targets = {}});
  for_each([&](TargetIndex target, std::size_t way) {
    Count& count = counts[way];
    if (!count.counts(table[target])) return;
    if (drawn(count.seen++, count.wanted(), per_way)) samples[way].targets.push_back(target);
  });
  std::erase_if(samples, [](const WaySample& sample) { return sample.targets.empty(); });
  return samples;
}

}  // namespace rollcall::doctor
