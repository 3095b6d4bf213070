// A routing table of the test's own: longest prefix wins, every question is written down.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/send/routing/route_source.h"

namespace rollcall::send {

class ScriptedRoutes final : public RouteSource {
 public:
  // Interfaces 1 (lo), 2 (eth0) and 3 (eth1); eth0 and eth1 are Ethernet.
  ScriptedRoutes() {
    interfaces_ = {{.index = 1, .name = "lo", .up = true, .carrier = true},
                   {.index = 2, .name = "eth0", .up = true, .carrier = true, .ethernet = true},
                   {.index = 3, .name = "eth1", .up = true, .carrier = true, .ethernet = true}};
    interfaces_[1].mac = {2, 0, 0, 0, 0, 2};
    interfaces_[2].mac = {2, 0, 0, 0, 0, 3};
  }

  void add(const std::string& network, int bits, const RouteAnswer& answer) {
    routes_.push_back({range_of_prefix(Address::parse(network).value(), bits), bits, answer});
  }
  // As `ip rule add from SOURCE lookup T`, where T has one default route.
  void add_for_source(const Address& source, const RouteAnswer& answer) {
    by_source_[source] = answer;
  }
  // As `ip rule add ipproto tcp dport PORT lookup T`, where T has one default route.
  void add_for_port(Port port, const RouteAnswer& answer) { by_port_[port] = answer; }
  // The route that answers for this gateway has these members.
  void make_multipath(const std::string& gateway, RouteMembers members) {
    multipaths_[Address::parse(gateway).value()] = std::move(members);
  }
  void silence(const std::string& gateway) { silent_.insert(Address::parse(gateway).value()); }

  Interface& interface_at(std::uint32_t index) { return interfaces_[index - 1]; }
  const std::vector<RouteQuery>& queries() const { return queries_; }

  // The answer itself, not written down.
  RouteAnswer answer_to(const RouteQuery& query) const {
    if (const auto found = query.source ? by_source_.find(*query.source) : by_source_.end();
        found != by_source_.end()) {
      return found->second;
    }
    if (const auto found = by_port_.find(query.port); found != by_port_.end()) {
      return found->second;
    }
    const Route* best = nullptr;
    for (const Route& route : routes_) {
      const bool same_family = route.prefix.first.is_v4() == query.destination.is_v4();
      if (!same_family || !route.prefix.contains(query.destination)) continue;
      if (best == nullptr || route.bits > best->bits) best = &route;
    }
    return best == nullptr ? RouteAnswer{.sys_errno = ENETUNREACH} : best->answer;
  }

  Result<std::vector<Interface>> interfaces() override { return interfaces_; }
  Result<std::vector<Address>> addresses() override {
    return std::vector{Address::from_v4(0xc000020a)};
  }
  Result<std::vector<AddressRange>> prefixes() override {
    std::vector<AddressRange> out;
    for (const Route& route : routes_) out.push_back(route.prefix);
    return out;
  }
  Result<std::vector<PortRange>> port_ranges() override {
    std::vector<PortRange> out;
    for (const auto& [port, answer] : by_port_) out.push_back({port, port});
    return out;
  }
  Result<RouteMembers> members(const RouteQuery& query) override {
    const auto gateway = answer_to(query).gateway;
    const auto found = gateway ? multipaths_.find(*gateway) : multipaths_.end();
    return found == multipaths_.end() ? RouteMembers{} : found->second;
  }
  Result<RouteAnswer> route(const RouteQuery& query) override {
    queries_.push_back(query);
    return answer_to(query);
  }
  Result<std::vector<std::optional<MacAddress>>> resolve(
      std::span<const Neighbour> neighbours) override {
    std::vector<std::optional<MacAddress>> out;
    for (const Neighbour& n : neighbours) {
      const bool answers = !silent_.contains(n.address);
      out.push_back(answers ? std::optional(mac_of(n.address)) : std::nullopt);
    }
    return out;
  }
  static MacAddress mac_of(const Address& gateway) {
    return {2, 1, 0, 0, 0, static_cast<std::uint8_t>(gateway.low())};
  }

 private:
  struct Route {
    AddressRange prefix;
    int bits = 0;
    RouteAnswer answer;
  };

  std::vector<Interface> interfaces_;
  std::vector<Route> routes_;
  std::map<Address, RouteAnswer> by_source_;
  std::map<Port, RouteAnswer> by_port_;
  std::map<Address, RouteMembers> multipaths_;
  std::set<Address> silent_;
  std::vector<RouteQuery> queries_;
};

}  // namespace rollcall::send
