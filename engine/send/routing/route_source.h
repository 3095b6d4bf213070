// The interface through which planning queries the kernel's routes; tests implement it without one.
//
// Threading: set-up only; not thread-safe.
// Ownership: answers are values.
// Units:     interface indices as in if_nametoindex(3), 0 for none.
// Errors:    kSystem when a netlink request fails. "No route to the destination" is an answer.
// Cost:      one netlink round trip each; resolve() up to kResolveTimeMax.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/send/routing/next_hop.h"

namespace rollcall::send {

struct Interface {
  std::uint32_t index = 0;
  std::string name;
  bool up = false;        // the administrator switched it on
  bool carrier = false;   // up, and its link is up too
  bool ethernet = false;  // as NextHop::ethernet
  MacAddress mac{};       // meaningful if ethernet
};

// Equal to the route look-up of this process's connect(2): TCP, this user, no mark.
struct RouteQuery {
  Address destination;
  std::optional<Address> source{};
  std::uint32_t interface_index = 0;
  Port port{};  // of the destination; 0: any
};

struct PortRange {
  Port first;
  Port last;
};

enum class RouteKind : std::uint8_t { kUnicast, kLocal, kBroadcast, kMulticast, kAnycast, kNone };

struct RouteAnswer {
  RouteKind kind = RouteKind::kNone;
  std::uint32_t interface_index = 0;
  std::optional<Address> gateway{};
  std::optional<Address> source{};  // the source address that the kernel would choose
  bool encapsulated = false;        // the kernel wraps each packet (SRv6, MPLS and other lwtunnels)
  int sys_errno = 0;                // if kNone: ENETUNREACH, EHOSTUNREACH, EACCES or EINVAL

  bool operator==(const RouteAnswer&) const = default;
};

// One next hop of a multipath route. The kernel uses it for some connections.
struct RouteMember {
  std::uint32_t interface_index = 0;
  std::optional<Address> gateway{};
};

struct RouteMembers {
  std::optional<Address> source{};   // set by the route; nullopt: from the member's interface
  std::vector<RouteMember> members;  // empty or one: not a multipath route
};

// A gateway on Ethernet, and this host's side of the link to it.
struct Neighbour {
  std::uint32_t interface_index = 0;
  Address address;
  Address self{};  // source address of probes; of the other family for RFC 5549 routes
  MacAddress self_mac{};
};

// Requires: hop.uses_packet_socket().
inline Neighbour neighbour_of(const NextHop& hop) {
  return {hop.interface_index, *hop.gateway, hop.self, hop.self_mac};
}

inline constexpr std::chrono::seconds kResolveTimeMax{3};

class RouteSource {
 public:
  virtual ~RouteSource() = default;

  virtual Result<std::vector<Interface>> interfaces() = 0;
  // The addresses of this host's interfaces.
  virtual Result<std::vector<Address>> addresses() = 0;
  // Every destination prefix of a route or rule, of every table and both families, in any order.
  virtual Result<std::vector<AddressRange>> prefixes() = 0;
  // Every range of destination ports that a rule selects, of both families, in any order.
  virtual Result<std::vector<PortRange>> port_ranges() = 0;
  virtual Result<RouteAnswer> route(const RouteQuery& query) = 0;
  // All next hops of the route that answers `query`, without those that the kernel never takes.
  virtual Result<RouteMembers> members(const RouteQuery& query) = 0;
  // The MAC address of each neighbour; nullopt for those that did not answer in time.
  virtual Result<std::vector<std::optional<MacAddress>>> resolve(
      std::span<const Neighbour> neighbours) = 0;
};

// The kernel of the calling thread's network namespace.
Result<std::unique_ptr<RouteSource>> open_netlink_routes();

Result<RoutePlan> plan_routes(const inventory::TargetTable& table, const RouteRequest& request,
                              RouteSource& source);

}  // namespace rollcall::send
