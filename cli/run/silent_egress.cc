#include "cli/run/silent_egress.h"

#include <fmt/format.h>

#include <optional>

#include "cli/run/path_findings.h"

namespace rollcall::cli {
namespace {

// The targets that were probed through one egress.
struct Asked {
  std::uint32_t targets = 0;
  std::optional<GroupIndex> group;
  std::optional<Address> address;
  bool is_one_group = true;
  bool is_one_address = true;
  std::uint16_t hop = 0;  // one of its hops

  void add(const inventory::Target& target, std::uint16_t by) {
    is_one_group = is_one_group && (!group || *group == target.group);
    is_one_address = is_one_address && (!address || *address == target.address);
    group = target.group;
    address = target.address;
    hop = by;
    ++targets;
  }
};

// A group that the inventory does not name has its prefix as name, which contains a slash.
bool is_named(const inventory::Group& group) {
  return group.name.find('/') == std::string::npos;
}

std::vector<Asked> asked_by_egress(const sweep::Sweep& sweep, const inventory::TargetTable& table,
                                   const send::RoutePlan& routes) {
  std::vector<Asked> asked(sweep.egresses());
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const std::uint16_t hop = routes.hop_of({i});
    if (hop == send::RoutePlan::kNoHop || sweep.is_held_back({i})) continue;
    asked[sweep.egress_of_hop(hop)].add(table.at({i}), hop);
  }
  return asked;
}

}  // namespace

std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices) {
  if (sweep.silent_egresses().empty()) return {};
  return judge_silent_egresses(sweep, table, routes, next_hop_suffices, next_hop_health(routes));
}

std::vector<sweep::SilentHop> judge_silent_egresses(sweep::Sweep& sweep,
                                                    const inventory::TargetTable& table,
                                                    const send::RoutePlan& routes,
                                                    bool next_hop_suffices,
                                                    const std::vector<NextHopHealth>& health) {
  std::vector<sweep::SilentHop> silent;
  const auto asked = asked_by_egress(sweep, table, routes);
  for (const std::uint16_t egress : sweep.silent_egresses()) {
    const Asked& of = asked[egress];
    const NextHopHealth& life = health[of.hop];
    const bool is_dead = life.known && !life.alive;
    const bool is_one_domain =
        of.is_one_address || (of.is_one_group && is_named(table.group(*of.group)));
    const bool decides = sweep.any_egress_heard() || is_one_domain || next_hop_suffices;
    if (!is_dead && decides) sweep.believe_silence(egress);
    silent.push_back({.name = name_of_hop(routes.hops()[of.hop]),
                      .answers = life.known && life.alive,
                      .targets = of.targets});
  }
  return silent;
}

std::string to_sentence(const sweep::SilentHop& hop) {
  return fmt::format("no address answers by way of {}{}", hop.name,
                     hop.answers ? ", which itself answers" : "");
}

}  // namespace rollcall::cli
