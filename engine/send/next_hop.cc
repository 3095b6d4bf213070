#include "engine/send/next_hop.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <compare>
#include <map>

#include "engine/send/route_source.h"

namespace rollcall::send {
namespace {

constexpr std::uint16_t kNoHop = RoutePlan::kNoHop;

// Addresses from `first` up to, but not including, `end`, for which the kernel has one answer; zero
// as `end` is the end of the address space.
struct Stretch {
  Address first;
  Address end;
  std::uint16_t hop = kNoHop;
  std::string reason;      // if kNoHop
  bool is_lost = false;    // likewise
  AddressRange targets{};  // lowest and highest seen
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

// Where the kernel's answer can change, in order. The families' border is one of them, so that no
// stretch holds both.
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
  using HopKey = std::tuple<std::uint32_t, Address, std::optional<Address>, bool>;

  Result<void> check_interface();
  Result<void> check_source();
  Result<void> walk();
  Result<Stretch*> stretch_at(const Address& address);
  Result<RouteAnswer> route_to(const Address& address);
  void decide(Stretch& stretch, const RouteAnswer& answer, bool v4);
  std::string refusal(const RouteAnswer& answer, const Interface* out, bool v4) const;
  Address self_for(const RouteAnswer& answer, bool v4);
  Result<void> resolve_gateways();
  void drop_hop(std::size_t hop, const std::string& reason);
  Result<RoutePlan> assemble();
  std::vector<Unroutable> unroutable() const;
  const Interface* interface_at(std::uint32_t index) const;

  const inventory::TargetTable& table_;
  const RouteRequest& request_;
  RouteSource& source_;

  std::vector<Interface> interfaces_;
  std::uint32_t interface_index_ = 0;  // of the request; 0 for none
  std::vector<Address> boundaries_;
  std::map<std::size_t, Stretch> stretches_;  // by boundary; only those that hold targets
  std::vector<NextHop> hops_;
  std::map<HopKey, std::uint16_t> hop_of_key_;
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
  // Asked as a route and not looked up among the addresses: `ip route add local PREFIX dev lo`
  // makes addresses of this host that no interface carries.
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

// By group and address, where neighbours mostly share a stretch: so the last one is tried first,
// and hops are numbered in the order of the inventory.
Result<void> Planner::walk() {
  hop_of_target_.resize(table_.size_with_canaries());
  Stretch* current = nullptr;
  for (std::uint32_t i = 0; i < table_.size_with_canaries(); ++i) {
    const TargetIndex index{i};
    const Address& address = table_[index].address;
    if (current == nullptr || !current->contains(address)) {
      const auto found = stretch_at(address);
      if (!found) return std::unexpected(found.error());
      current = *found;
    }
    if (i < table_.size()) current->take(address);  // a canary's way is nobody's loss
    hop_of_target_[table_.place_of(index).value] = current->hop;
  }
  return {};
}

Result<Stretch*> Planner::stretch_at(const Address& address) {
  const auto after = std::ranges::upper_bound(boundaries_, address);
  const auto index = static_cast<std::size_t>(after - boundaries_.begin()) - 1;
  const auto [it, is_new] = stretches_.try_emplace(index);
  Stretch& stretch = it->second;
  if (!is_new) return &stretch;
  stretch.first = boundaries_[index];
  stretch.end = after == boundaries_.end() ? Address{} : *after;
  const auto answer = route_to(address);
  if (!answer) return std::unexpected(answer.error());
  decide(stretch, *answer, address.is_v4());
  return &stretch;
}

Result<RouteAnswer> Planner::route_to(const Address& address) {
  RouteQuery query{address, {}, interface_index_};
  if (request_.source && request_.source->is_v4() == address.is_v4())
    query.source = request_.source;
  auto answer = source_.route(query);
  const bool unicast = answer && answer->kind == RouteKind::kUnicast;
  if (unicast && !query.source && answer->source) {
    // As connect(2) does: once the source is known, rules that select by it ("from ADDR lookup T")
    // have their say.
    query.source = answer->source;
    answer = source_.route(query);
  }
  if (answer && query.source) answer->source = query.source;
  return answer;
}

void Planner::decide(Stretch& stretch, const RouteAnswer& answer, bool v4) {
  const Interface* out = interface_at(answer.interface_index);
  stretch.reason = refusal(answer, out, v4);
  const bool has_way = answer.kind == RouteKind::kUnicast || answer.kind == RouteKind::kLocal;
  stretch.is_lost = has_way && (out == nullptr || !out->up || !out->carrier);
  if (!stretch.reason.empty()) return;

  const Address self = self_for(answer, v4);
  const auto [it, is_new] =
      hop_of_key_.try_emplace({out->index, self, answer.gateway, answer.encapsulated},
                              static_cast<std::uint16_t>(hops_.size()));
  if (is_new && hops_.size() == kNoHop) {
    hop_of_key_.erase(it);
    stretch.reason = fmt::format("there are more than {} next hops", kNoHop);
    return;
  }
  stretch.hop = it->second;
  if (!is_new) return;
  hops_.push_back({.interface_index = out->index,
                   .interface = out->name,
                   .self = self,
                   .gateway = answer.gateway,
                   .ethernet = out->ethernet,
                   .encapsulated = answer.encapsulated,
                   .self_mac = out->mac});
}

// Why no probe can take this route; empty when one can.
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

// The kernel would take each own address as its own source; one of them does for all, and spares a
// hop for every address of this host.
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
    neighbours.push_back({hops_[i].interface_index, *hops_[i].gateway});
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

// Leaves the hop in its place, for nobody: assemble() closes the gaps.
void Planner::drop_hop(std::size_t hop, const std::string& reason) {
  for (auto& [boundary, stretch] : stretches_) {
    if (stretch.hop != hop) continue;
    stretch.hop = kNoHop;
    stretch.reason = reason;
    stretch.is_lost = true;
  }
}

Result<RoutePlan> Planner::assemble() {
  std::vector<std::uint16_t> renumbered(hops_.size(), kNoHop);
  for (const auto& [boundary, stretch] : stretches_) {
    if (stretch.hop != kNoHop) renumbered[stretch.hop] = 0;
  }
  std::vector<NextHop> hops;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (renumbered[i] == kNoHop) continue;
    renumbered[i] = static_cast<std::uint16_t>(hops.size());
    hops.push_back(std::move(hops_[i]));
  }
  std::vector<Unroutable> lost = unroutable();
  std::uint32_t targets_lost = 0;
  for (const Unroutable& stretch : lost) targets_lost += stretch.targets;
  const bool suffices = request_.canaries_suffice && !hops.empty();
  if (targets_lost > 0 && targets_lost == table_.size() && !suffices) {
    return fail(ErrorCode::kPath, fmt::format("no way to any target: {}: {}",
                                              lost[0].range.to_string(), lost[0].reason));
  }
  bool all_have_one = true;
  for (std::uint16_t& hop : hop_of_target_) {
    if (hop != kNoHop) hop = renumbered[hop];
    all_have_one &= hop != kNoHop;
  }
  if (hops.size() == 1 && all_have_one) return RoutePlan(std::move(hops), {}, {});
  return RoutePlan(std::move(hops), std::move(hop_of_target_), std::move(lost));
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
