#include "engine/send/routing/next_hop.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <compare>
#include <map>

#include "engine/base/random.h"
#include "engine/send/routing/route_source.h"

namespace rollcall::send {
namespace {

constexpr std::uint16_t kNoHop = RoutePlan::kNoHop;

// Addresses from `first` up to, but not including, `end`, for which the kernel has one answer. An
// `end` of zero means the end of the address space.
struct Stretch {
  Address first;
  Address end;
  std::size_t port_class = 0;
  std::uint16_t hop = kNoHop;  // for a multipath route: any of its members
  std::string reason;          // meaningful if kNoHop
  bool is_lost = false;        // meaningful if kNoHop
  AddressRange targets{};      // lowest and highest seen
  std::uint32_t count = 0;

  bool contains(const Address& address) const {
    return first <= address && (address < end || end == Address{});
  }
  void take(const Address& address) {
    if (count++ == 0) targets = {address, address};
    targets.first = std::min(targets.first, address);
    targets.last = std::max(targets.last, address);
  }
};

// The members of one multipath route.
struct Multipath {
  std::vector<std::uint16_t> hops;
  std::vector<std::string> dead;  // the reasons why the other members cannot be used
};

// A target keeps its hop from sweep to sweep, so that a loss behind one member stays with the same
// targets.
std::uint16_t member_for(const Address& target, const Multipath& route) {
  const auto count = static_cast<std::uint32_t>(route.hops.size());
  return route.hops[Random(target.high() ^ target.low()).below(count)];
}

// Sorted first ports of the port classes. No rule distinguishes the ports of one class, which ends
// before the next value.
std::vector<std::uint32_t> port_boundaries_of(std::span<const PortRange> ranges) {
  std::vector<std::uint32_t> out;
  for (const PortRange& range : ranges) {
    out.push_back(range.first.value);
    out.push_back(std::uint32_t{range.last.value} + 1);
  }
  std::ranges::sort(out);
  return out;
}

// The addresses at which the kernel's answer can change, in order. The border of the families is
// one of them, so that no stretch contains both.
std::vector<Address> boundaries_of(std::span<const AddressRange> prefixes) {
  const AddressRange all_v4 = range_of_prefix(Address::from_v4(0), 0);
  std::vector<Address> out{Address{}, all_v4.first, all_v4.last.plus(1)};
  out.reserve(3 + 2 * prefixes.size());
  for (const AddressRange& prefix : prefixes) {
    out.push_back(prefix.first);
    out.push_back(prefix.last.plus(1));
  }
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

std::string_view reason_of(int sys_errno) {
  switch (sys_errno) {
    case ENETUNREACH:
      return "no route leads there";
    case EHOSTUNREACH:
      return "an unreachable route of this host covers it";
    case EACCES:
      return "a prohibit route of this host covers it";
    case EINVAL:
      return "a blackhole route of this host covers it, or its route refuses the source address";
    default:
      return {};
  }
}

std::string list_some(std::span<const std::string> names) {
  constexpr std::size_t kListed = 8;
  std::string out =
      fmt::format("{}", fmt::join(names.first(std::min(kListed, names.size())), ", "));
  if (names.size() > kListed) out += fmt::format(" and {} more", names.size() - kListed);
  return out;
}

class Planner {
 public:
  Planner(const inventory::TargetTable& table, const RouteRequest& request, RouteSource& source)
      : table_(table), request_(request), source_(source) {}

  Result<RoutePlan> plan();

 private:
  using HopKey = std::tuple<std::uint32_t, Address, std::optional<Address>, std::uint16_t, bool>;
  using Answers = std::vector<RouteAnswer>;  // more than one for a multipath route

  Result<void> check_interface();
  Result<void> check_source();
  Result<void> walk();
  std::size_t port_class_of(Port port) const;
  Result<Stretch*> stretch_at(const inventory::Target& target);
  Result<Answers> routes_to(const inventory::Target& target);
  Result<Answers> answers_to(const RouteQuery& query);
  Result<RouteAnswer> answer_of(const RouteMember& member, const RouteQuery& query);
  void decide(Stretch& stretch, const Answers& answers, bool v4);
  void decide_one(Stretch& stretch, const RouteAnswer& answer, bool v4);
  void decide_multipath(Stretch& stretch, const Answers& answers, bool v4);
  std::uint16_t hop_for(const RouteAnswer& answer, bool v4, std::uint16_t multipath);
  std::string refusal(const RouteAnswer& answer, const Interface* out, bool v4) const;
  Address self_for(const RouteAnswer& answer, bool v4);
  Result<void> resolve_gateways();
  void drop_hop(std::size_t hop, const std::string& reason);
  void spread_over_members();
  std::vector<bool> hops_in_use() const;
  Result<RoutePlan> assemble();
  std::vector<Unroutable> unroutable() const;
  const Interface* interface_at(std::uint32_t index) const;

  const inventory::TargetTable& table_;
  const RouteRequest& request_;
  RouteSource& source_;

  std::vector<Interface> interfaces_;
  std::uint32_t interface_index_ = 0;  // the requested interface; 0 for none
  std::vector<Address> boundaries_;
  std::vector<std::uint32_t> port_boundaries_;
  // By boundary and port class; only stretches that hold targets.
  std::map<std::pair<std::size_t, std::size_t>, Stretch> stretches_;
  std::vector<NextHop> hops_;
  std::map<HopKey, std::uint16_t> hop_of_key_;
  std::vector<Multipath> multipaths_{1};  // by NextHop::multipath; entry 0 means no multipath
  std::map<std::vector<HopKey>, std::uint16_t> multipath_of_key_;
  std::optional<Address> local_self_[2];  // IPv6, IPv4
  std::vector<std::uint16_t> hop_of_target_;
};

Result<RoutePlan> Planner::plan() {
  auto interfaces = source_.interfaces();
  if (!interfaces) return std::unexpected(interfaces.error());
  interfaces_ = *std::move(interfaces);
  if (auto ok = check_interface(); !ok) return std::unexpected(ok.error());
  if (auto ok = check_source(); !ok) return std::unexpected(ok.error());

  const auto prefixes = source_.prefixes();
  if (!prefixes) return std::unexpected(prefixes.error());
  boundaries_ = boundaries_of(*prefixes);
  const auto ports = source_.port_ranges();
  if (!ports) return std::unexpected(ports.error());
  port_boundaries_ = port_boundaries_of(*ports);
  if (auto ok = walk(); !ok) return std::unexpected(ok.error());
  if (auto ok = resolve_gateways(); !ok) return std::unexpected(ok.error());
  return assemble();
}

Result<void> Planner::check_interface() {
  if (request_.interface.empty()) return {};
  const auto found = std::ranges::find(interfaces_, request_.interface, &Interface::name);
  if (found == interfaces_.end()) {
    std::vector<std::string> names;
    names.reserve(interfaces_.size());
    for (const Interface& i : interfaces_) names.push_back(i.name);
    return fail(ErrorCode::kPath, fmt::format("no interface is named {}; there are: {}",
                                              request_.interface, list_some(names)));
  }
  if (!found->up) {
    return fail(ErrorCode::kPath,
                fmt::format("{} is down: ip link set {} up", found->name, found->name));
  }
  interface_index_ = found->index;
  return {};
}

Result<void> Planner::check_source() {
  if (!request_.source) return {};
  // A route query, not a search of the interfaces' addresses: `ip route add local PREFIX dev lo`
  // makes addresses of this host that no interface has.
  const auto answer = source_.route({.destination = *request_.source});
  if (!answer) return std::unexpected(answer.error());
  if (answer->kind == RouteKind::kLocal) return {};
  const auto addresses = source_.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  std::vector<std::string> names;
  names.reserve(addresses->size());
  for (const Address& a : *addresses) names.push_back(a.to_string());
  return fail(ErrorCode::kPath,
              fmt::format("the source address {} is not on this host; there are: {}",
                          request_.source->to_string(), list_some(names)));
}

// Walks by group and address, so that neighbours mostly share a stretch. The last stretch is
// therefore tried first, and hops are numbered in the order of the inventory.
Result<void> Planner::walk() {
  hop_of_target_.resize(table_.size_with_canaries());
  Stretch* current = nullptr;
  for (std::uint32_t i = 0; i < table_.size_with_canaries(); ++i) {
    const TargetIndex index{i};
    const inventory::Target& target = table_[index];
    if (current == nullptr || !current->contains(target.address) ||
        current->port_class != port_class_of(target.port)) {
      const auto found = stretch_at(target);
      if (!found) return std::unexpected(found.error());
      current = *found;
    }
    if (i < table_.size()) current->take(target.address);  // canaries count as no lost target
    hop_of_target_[table_.place_of(index).value] = current->hop;
  }
  return {};
}

std::size_t Planner::port_class_of(Port port) const {
  if (port_boundaries_.empty()) return 0;
  const auto after = std::ranges::upper_bound(port_boundaries_, std::uint32_t{port.value});
  return static_cast<std::size_t>(after - port_boundaries_.begin());
}

Result<Stretch*> Planner::stretch_at(const inventory::Target& target) {
  const auto after = std::ranges::upper_bound(boundaries_, target.address);
  const auto index = static_cast<std::size_t>(after - boundaries_.begin()) - 1;
  const std::size_t port_class = port_class_of(target.port);
  const auto [it, is_new] = stretches_.try_emplace({index, port_class});
  Stretch& stretch = it->second;
  if (!is_new) return &stretch;
  stretch.first = boundaries_[index];
  stretch.end = after == boundaries_.end() ? Address{} : *after;
  stretch.port_class = port_class;
  const auto answers = routes_to(target);
  if (!answers) return std::unexpected(answers.error());
  decide(stretch, *answers, target.address.is_v4());
  return &stretch;
}

// Follows connect(2): the first look-up has no source address and yields one. The second look-up
// uses it, because rules may select by the source ("from ADDR lookup T").
Result<Planner::Answers> Planner::routes_to(const inventory::Target& target) {
  RouteQuery query{target.address, {}, interface_index_, target.port};
  if (request_.source && request_.source->is_v4() == target.address.is_v4())
    query.source = request_.source;
  const auto first = answers_to(query);
  if (!first || query.source) return first;
  Answers out;
  const auto add = [&out](const RouteAnswer& answer) {
    if (std::ranges::find(out, answer) == out.end()) out.push_back(answer);
  };
  for (const RouteAnswer& one : *first) {
    query.source = one.source;
    if (one.kind != RouteKind::kUnicast || !one.source) {
      add(one);
      continue;
    }
    const auto again = answers_to(query);
    if (!again) return again;
    // If the source does not change the route, each member keeps the source of its own interface.
    if (std::ranges::find(*again, one) != again->end()) {
      add(one);
    } else {
      for (const RouteAnswer& other : *again) add(other);
    }
  }
  return out;
}

Result<Planner::Answers> Planner::answers_to(const RouteQuery& query) {
  auto answer = source_.route(query);
  if (!answer) return std::unexpected(answer.error());
  if (query.source) answer->source = query.source;
  if (answer->kind != RouteKind::kUnicast) return Answers{*answer};
  const auto found = source_.members(query);
  if (!found) return std::unexpected(found.error());
  Answers out;
  for (const RouteMember& member : found->members) {
    if (found->members.size() < 2) break;
    if (query.interface_index != 0 && member.interface_index != query.interface_index) continue;
    RouteQuery with_source = query;
    if (!query.source) with_source.source = found->source;
    const auto one = answer_of(member, with_source);
    if (!one) return std::unexpected(one.error());
    if (std::ranges::find(out, *one) == out.end()) out.push_back(*one);
  }
  if (out.empty()) out.push_back(*answer);
  return out;
}

Result<RouteAnswer> Planner::answer_of(const RouteMember& member, const RouteQuery& query) {
  RouteAnswer out{.kind = RouteKind::kUnicast,
                  .interface_index = member.interface_index,
                  .gateway = member.gateway,
                  .source = query.source};
  if (out.source) return out;
  RouteQuery over_member = query;
  over_member.interface_index = member.interface_index;
  const auto answer = source_.route(over_member);
  if (!answer) return answer;
  out.source = answer->source;
  return out;
}

void Planner::decide(Stretch& stretch, const Answers& answers, bool v4) {
  if (answers.size() == 1) {
    decide_one(stretch, answers.front(), v4);
  } else {
    decide_multipath(stretch, answers, v4);
  }
}

void Planner::decide_one(Stretch& stretch, const RouteAnswer& answer, bool v4) {
  const Interface* out = interface_at(answer.interface_index);
  stretch.reason = refusal(answer, out, v4);
  const bool has_route = answer.kind == RouteKind::kUnicast || answer.kind == RouteKind::kLocal;
  stretch.is_lost = has_route && (out == nullptr || !out->up || !out->carrier);
  if (!stretch.reason.empty()) return;
  stretch.hop = hop_for(answer, v4, 0);
  if (stretch.hop == kNoHop)
    stretch.reason = fmt::format("there are more than {} next hops", kNoHop);
}

void Planner::decide_multipath(Stretch& stretch, const Answers& answers, bool v4) {
  std::vector<HopKey> key;
  for (const RouteAnswer& a : answers) {
    key.emplace_back(a.interface_index, a.source.value_or(Address{}), a.gateway, 0, a.encapsulated);
  }
  const auto [it, is_new] =
      multipath_of_key_.try_emplace(std::move(key), static_cast<std::uint16_t>(multipaths_.size()));
  const std::uint16_t number = it->second;
  if (is_new) {
    Multipath route;
    for (const RouteAnswer& answer : answers) {
      std::string reason = refusal(answer, interface_at(answer.interface_index), v4);
      const std::uint16_t hop = reason.empty() ? hop_for(answer, v4, number) : kNoHop;
      if (hop != kNoHop) {
        route.hops.push_back(hop);
      } else if (!reason.empty()) {
        route.dead.push_back(std::move(reason));
      }
    }
    multipaths_.push_back(std::move(route));
  }
  const Multipath& route = multipaths_[number];
  if (!route.hops.empty()) {
    stretch.hop = route.hops.front();
  } else {
    decide_one(stretch, answers.front(), v4);
  }
}

// Returns kNoHop when there are too many hops.
std::uint16_t Planner::hop_for(const RouteAnswer& answer, bool v4, std::uint16_t multipath) {
  const Interface* out = interface_at(answer.interface_index);
  const Address self = self_for(answer, v4);
  const auto [it, is_new] =
      hop_of_key_.try_emplace({out->index, self, answer.gateway, multipath, answer.encapsulated},
                              static_cast<std::uint16_t>(hops_.size()));
  if (is_new && hops_.size() == kNoHop) {
    hop_of_key_.erase(it);
    return kNoHop;
  }
  if (!is_new) return it->second;
  hops_.push_back({.interface_index = out->index,
                   .interface = out->name,
                   .self = self,
                   .gateway = answer.gateway,
                   .ethernet = out->ethernet,
                   .encapsulated = answer.encapsulated,
                   .self_mac = out->mac,
                   .multipath = multipath});
  return it->second;
}

// The reason why no probe can take this route; empty if one can.
std::string Planner::refusal(const RouteAnswer& answer, const Interface* out, bool v4) const {
  const std::string_view on = out == nullptr ? "this host" : std::string_view(out->name);
  switch (answer.kind) {
    case RouteKind::kBroadcast:
      return fmt::format("a broadcast address of {}'s network", on);
    case RouteKind::kMulticast:
      return "a multicast address";
    case RouteKind::kAnycast:
      return fmt::format("an anycast address of {}'s network", on);
    case RouteKind::kNone: {
      const std::string_view known = reason_of(answer.sys_errno);
      return known.empty() ? "the kernel has no route: " + errno_text(answer.sys_errno)
                           : std::string(known);
    }
    case RouteKind::kLocal:
    case RouteKind::kUnicast:
      break;
  }
  if (out == nullptr) return "its route's interface is gone";
  const bool local = answer.kind == RouteKind::kLocal;
  if (!local && interface_index_ != 0 && out->index != interface_index_) {
    return fmt::format("no route over {} leads there (the kernel would use {})", request_.interface,
                       out->name);
  }
  if (!out->up) return fmt::format("{} is down: ip link set {} up", out->name, out->name);
  if (!out->carrier) return fmt::format("{} has no carrier", out->name);
  if (!answer.source) {
    return fmt::format("{} has no {} address to send from", out->name, v4 ? "IPv4" : "IPv6");
  }
  return {};
}

// For each address of this host the kernel would choose that same address as the source. One of
// them serves for all, which saves a hop for every local address.
Address Planner::self_for(const RouteAnswer& answer, bool v4) {
  if (answer.kind != RouteKind::kLocal) return *answer.source;
  std::optional<Address>& self = local_self_[v4 ? 1 : 0];
  if (!self) self = answer.source;
  return *self;
}

Result<void> Planner::resolve_gateways() {
  std::vector<std::size_t> hops;
  std::vector<Neighbour> neighbours;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (!hops_[i].uses_packet_socket()) continue;
    hops.push_back(i);
    neighbours.push_back(neighbour_of(hops_[i]));
  }
  if (hops.empty()) return {};
  const auto macs = source_.resolve(neighbours);
  if (!macs) return std::unexpected(macs.error());
  for (std::size_t i = 0; i < hops.size(); ++i) {
    NextHop& hop = hops_[hops[i]];
    if ((*macs)[i]) {
      hop.gateway_mac = *(*macs)[i];
      continue;
    }
    drop_hop(hops[i],
             fmt::format("the gateway {} on {} does not answer {}", hop.gateway->to_string(),
                         hop.interface, hop.gateway->is_v4() ? "ARP" : "neighbour discovery"));
  }
  return {};
}

// Keeps the hop's number, but takes its targets away; assemble() renumbers the hops.
void Planner::drop_hop(std::size_t hop, const std::string& reason) {
  Multipath& route = multipaths_[hops_[hop].multipath];
  if (hops_[hop].multipath != 0) {
    std::erase(route.hops, hop);
    route.dead.push_back(reason);
  }
  for (auto& [boundary, stretch] : stretches_) {
    if (stretch.hop != hop) continue;
    stretch.hop = route.hops.empty() ? kNoHop : route.hops.front();
    stretch.reason = reason;
    stretch.is_lost = true;
  }
}

void Planner::spread_over_members() {
  for (std::uint32_t place = 0; place < hop_of_target_.size(); ++place) {
    std::uint16_t& hop = hop_of_target_[place];
    if (hop == kNoHop || hops_[hop].multipath == 0) continue;
    const Multipath& route = multipaths_[hops_[hop].multipath];
    hop = route.hops.empty() ? kNoHop : member_for(table_.at({place}).address, route);
  }
}

// A member counts as used even without targets: the kernel may send connects through it.
std::vector<bool> Planner::hops_in_use() const {
  std::vector<bool> used(hops_.size());
  for (const auto& [boundary, stretch] : stretches_) {
    if (stretch.hop == kNoHop) continue;
    used[stretch.hop] = true;
    for (const std::uint16_t member : multipaths_[hops_[stretch.hop].multipath].hops) {
      used[member] = true;
    }
  }
  return used;
}

Result<RoutePlan> Planner::assemble() {
  spread_over_members();
  const std::vector<bool> used = hops_in_use();
  std::vector<std::uint16_t> renumbered(hops_.size(), kNoHop);
  std::vector<NextHop> hops;
  std::vector<DeadMember> dead;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<std::uint16_t>(hops.size());
    hops.push_back(hops_[i]);
  }
  for (std::uint16_t i = 1; i < multipaths_.size(); ++i) {
    if (multipaths_[i].hops.empty()) continue;
    for (std::string& reason : multipaths_[i].dead) dead.push_back({i, std::move(reason)});
  }
  std::vector<Unroutable> lost = unroutable();
  std::uint32_t targets_lost = 0;
  for (const Unroutable& stretch : lost) targets_lost += stretch.targets;
  const bool suffices = request_.canaries_suffice && !hops.empty();
  if (targets_lost > 0 && targets_lost == table_.size() && !suffices) {
    return fail(ErrorCode::kNoRoute, fmt::format("no way to any target: {}: {}",
                                                 lost[0].range.to_string(), lost[0].reason));
  }
  bool all_have_one = true;
  for (std::uint16_t& hop : hop_of_target_) {
    if (hop != kNoHop) hop = renumbered[hop];
    all_have_one &= hop != kNoHop;
  }
  if (hops.size() == 1 && all_have_one) return RoutePlan(std::move(hops), {}, {}, std::move(dead));
  return RoutePlan(std::move(hops), std::move(hop_of_target_), std::move(lost), std::move(dead));
}

std::vector<Unroutable> Planner::unroutable() const {
  std::vector<Unroutable> out;
  bool previous_lost = false;
  for (const auto& [boundary, stretch] : stretches_) {
    const bool lost = stretch.hop == kNoHop && stretch.count > 0;
    if (lost && previous_lost && out.back().reason == stretch.reason &&
        out.back().range.last.is_v4() == stretch.targets.first.is_v4()) {
      out.back().range.last = stretch.targets.last;
      out.back().targets += stretch.count;
    } else if (lost) {
      out.push_back({stretch.targets, stretch.count, stretch.reason, stretch.is_lost});
    }
    previous_lost = lost;
  }
  return out;
}

const Interface* Planner::interface_at(std::uint32_t index) const {
  const auto found = std::ranges::find(interfaces_, index, &Interface::index);
  return found == interfaces_.end() ? nullptr : &*found;
}

}  // namespace

Result<RoutePlan> plan_routes(const inventory::TargetTable& table, const RouteRequest& request,
                              RouteSource& source) {
  return Planner(table, request, source).plan();
}

Result<RoutePlan> plan_routes(const inventory::TargetTable& table, const RouteRequest& request) {
  auto source = open_netlink_routes();
  if (!source) return std::unexpected(source.error());
  return plan_routes(table, request, **source);
}

}  // namespace rollcall::send
