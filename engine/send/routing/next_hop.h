// Plans the egress of each target: interface, source address and link-layer neighbour.
//
// The kernel decides. Its routing tables are dumped only to learn where its decision can change.
// One RTM_GETROUTE per stretch of address space then requests the decision, so policy routing,
// several gateways and on-link targets all work. If a rule selects by port, each range of ports
// gets a request of its own. All members of a multipath route (ECMP) become hops, and its targets
// are spread over them; a connect of the kernel may use any of them (ADR 26). The MAC address of a
// gateway on Ethernet comes from the kernel's neighbour table, else from an ARP or NDP request of
// our own. On-link targets and interfaces without a link layer have no MAC here: their probes go
// through a raw IP socket, and the kernel does ARP itself.
//
//   target ──route──> { on-link, or an address of this host ..> raw IP: kernel routes and resolves
//                     { encapsulating (SRv6, MPLS) ...........> raw IP: kernel encapsulates
//                     { via gateway, no Ethernet .............> raw IP
//                     { via gateway on Ethernet ..............> packet socket, gateway's MAC
//
// Threading: set-up only; the plan is immutable afterwards.
// Ownership: the plan owns its hops.
// Units:     interface indices as in if_nametoindex(3); MAC addresses as on the wire.
// Errors:    kPath: unknown interface or one that is down, source not on this host. kNoRoute: no
//            target of the table has a route. kSystem otherwise. When some targets have a route,
//            the others are not an error of the plan: they are kNoHop, with a reason.
// Cost:      at most four netlink round trips per distinct stretch that holds targets, one more for
//            each member of a multipath route, up to 3 s when a gateway does not answer; 2 bytes a
//            target when there is more than one hop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"

namespace rollcall::send {

using MacAddress = std::array<std::uint8_t, 6>;

struct NextHop {
  std::uint32_t interface_index = 0;
  std::string interface;
  Address self;                    // source address of probes
  std::optional<Address> gateway;  // nullopt: on-link; IPv6 also for IPv4 targets (RFC 5549)
  bool ethernet = false;           // 6-byte MAC addresses (ARPHRD_ETHER), found by ARP or NDP
  bool encapsulated = false;       // the route wraps each packet: only the kernel can do that
  MacAddress self_mac{};           // meaningful if uses_packet_socket()
  MacAddress gateway_mac{};        // meaningful if uses_packet_socket()
  // Hops with the same number are members of one multipath route. 0: the only hop of its routes.
  std::uint16_t multipath = 0;

  bool uses_packet_socket() const { return ethernet && gateway.has_value() && !encapsulated; }
};

struct RouteRequest {
  std::string interface{};          // empty: as the kernel routes
  std::optional<Address> source{};  // for targets of its family; nullopt: as the kernel chooses
  bool canaries_suffice = false;    // a plan with a route to a canary, but to no target, is valid
};

// A member of a multipath route that cannot be used. Our probes avoid it, but the kernel may still
// send connects through it. So silence of a target behind the other members is no evidence.
struct DeadMember {
  std::uint16_t multipath = 0;  // as NextHop::multipath of the other members
  std::string reason;           // "the gateway 192.0.2.1 on eth0 does not answer ARP"
};

// A stretch of targets that cannot be probed, and the reason: "no route leads there", "the gateway
// 192.0.2.1 on eth0 does not answer ARP", ...
struct Unroutable {
  AddressRange range;  // from its lowest to its highest target; targets in between have other ports
  std::uint32_t targets = 0;
  std::string reason;
  bool is_lost = false;  // there is a route, but its gateway or link is down
};

// Invariant: at least one hop, unless the table was empty.
class RoutePlan {
 public:
  static constexpr std::uint16_t kNoHop = UINT16_MAX;

  // `hop_of_target` is indexed by ScanIndex; it is empty when every target takes hop 0.
  RoutePlan(std::vector<NextHop> hops, std::vector<std::uint16_t> hop_of_target,
            std::vector<Unroutable> unroutable, std::vector<DeadMember> dead_members = {})
      : hops_(std::move(hops)),
        hop_of_target_(std::move(hop_of_target)),
        unroutable_(std::move(unroutable)),
        dead_members_(std::move(dead_members)) {}

  const std::vector<NextHop>& hops() const { return hops_; }
  const std::vector<Unroutable>& unroutable() const { return unroutable_; }
  const std::vector<DeadMember>& dead_members() const { return dead_members_; }
  std::uint16_t hop_of(ScanIndex target) const {
    return hop_of_target_.empty() ? std::uint16_t{0} : hop_of_target_[target.value];
  }

 private:
  std::vector<NextHop> hops_;
  std::vector<std::uint16_t> hop_of_target_;
  std::vector<Unroutable> unroutable_;
  std::vector<DeadMember> dead_members_;
};

Result<RoutePlan> plan_routes(const inventory::TargetTable& table, const RouteRequest& request);

}  // namespace rollcall::send
