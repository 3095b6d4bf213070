#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/packet/wire_layout.h"
#include "engine/send/routing/neighbour_resolver.h"
#include "engine/send/routing/netlink_socket.h"
#include "engine/send/routing/route_source.h"

namespace rollcall::send {
namespace {

// After this many interrupted dumps the last one is used. On a host whose routes change all the
// time (a routing daemon) no dump may ever be complete, and a plan is a snapshot anyway.
constexpr int kDumpTries = 5;

// Attributes of one message with a `Header`; empty if it is malformed.
template <typename Header, int kMax>
struct Parsed {
  std::array<nlattr*, kMax + 1> attributes{};
  const Header* header = nullptr;

  explicit Parsed(nlmsghdr& message) {
    if (nlmsg_parse(&message, sizeof(Header), attributes.data(), kMax, nullptr) < 0) return;
    header = static_cast<const Header*>(nlmsg_data(&message));
  }
  explicit operator bool() const { return header != nullptr; }
  const nlattr* operator[](int attribute) const {
    return attributes[static_cast<std::size_t>(attribute)];
  }
};
using ParsedLink = Parsed<ifinfomsg, IFLA_MAX>;
using ParsedAddress = Parsed<ifaddrmsg, IFA_MAX>;
using ParsedRoute = Parsed<rtmsg, RTA_MAX>;
using ParsedNexthop = Parsed<nhmsg, NHA_MAX>;
using ParsedRule = Parsed<fib_rule_hdr, FRA_MAX>;

std::optional<Interface> interface_in(nlmsghdr& message) {
  const ParsedLink link(message);
  const nlattr* name = link[IFLA_IFNAME];
  if (message.nlmsg_type != RTM_NEWLINK || !link || name == nullptr) return std::nullopt;
  const auto* text = static_cast<const char*>(nla_data(name));
  const unsigned flags = link.header->ifi_flags;
  Interface out{.index = static_cast<std::uint32_t>(link.header->ifi_index),
                .name = {text, ::strnlen(text, static_cast<std::size_t>(nla_len(name)))},
                .up = (flags & IFF_UP) != 0,
                .carrier = (flags & IFF_LOWER_UP) != 0};
  const nlattr* mac = link[IFLA_ADDRESS];
  // IFF_NOARP: Ethernet frames, but neighbours do not answer ARP (ipvlan L3, dummy).
  out.ethernet = link.header->ifi_type == ARPHRD_ETHER && (flags & IFF_NOARP) == 0 &&
                 mac != nullptr && nla_len(mac) == static_cast<int>(out.mac.size());
  if (out.ethernet) std::memcpy(out.mac.data(), nla_data(mac), out.mac.size());
  return out;
}

std::optional<AddressRange> prefix_range(int family, const nlattr* destination, int bits) {
  if (family != AF_INET && family != AF_INET6) return std::nullopt;  // multicast routing, MPLS
  const bool v4 = family == AF_INET;
  const Address zero = v4 ? Address::from_v4(0) : Address{};
  const Address network = address_in(destination).value_or(zero);
  if (bits < 0 || bits > zero.bits()) return std::nullopt;
  // "::/0" covers everything, IPv4's mapped space too. That adds one harmless boundary.
  if (network.is_v4() != v4) return std::nullopt;
  return range_of_prefix(network, bits);
}

std::optional<AddressRange> route_prefix_in(nlmsghdr& message) {
  const ParsedRoute route(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !route) return std::nullopt;
  return prefix_range(route.header->rtm_family, route[RTA_DST], route.header->rtm_dst_len);
}

std::optional<AddressRange> rule_prefix_in(nlmsghdr& message) {
  const ParsedRule rule(message);
  if (message.nlmsg_type != RTM_NEWRULE || !rule || rule.header->dst_len == 0) return std::nullopt;
  return prefix_range(rule.header->family, rule[FRA_DST], rule.header->dst_len);
}

// The range of destination ports, for rules that have one. A rule that selects by protocol alone
// needs no range: every query names TCP.
std::optional<PortRange> rule_ports_in(nlmsghdr& message) {
  const ParsedRule rule(message);
  if (message.nlmsg_type != RTM_NEWRULE || !rule) return std::nullopt;
  const nlattr* ports = rule[FRA_DPORT_RANGE];
  fib_rule_port_range range{};
  if (ports == nullptr || nla_len(ports) != sizeof range) return std::nullopt;
  std::memcpy(&range, nla_data(ports), sizeof range);
  return PortRange{Port{range.start}, Port{range.end}};
}

RouteKind kind_of(unsigned char rtm_type) {
  switch (rtm_type) {
    case RTN_UNICAST:
      return RouteKind::kUnicast;
    case RTN_LOCAL:
      return RouteKind::kLocal;
    case RTN_BROADCAST:
      return RouteKind::kBroadcast;
    case RTN_MULTICAST:
      return RouteKind::kMulticast;
    case RTN_ANYCAST:
      return RouteKind::kAnycast;
    default:
      return RouteKind::kNone;
  }
}

// IPv4 reports these routes by an error, IPv6 by the route type of the answer (fib_props[],
// ip6_rt_type_to_error).
int errno_of_type(unsigned char rtm_type) {
  switch (rtm_type) {
    case RTN_UNREACHABLE:
      return EHOSTUNREACH;
    case RTN_PROHIBIT:
      return EACCES;
    case RTN_BLACKHOLE:
      return EINVAL;
    default:
      return ENETUNREACH;
  }
}

// A gateway of the other family (RFC 5549).
std::optional<Address> gateway_in_via(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) < static_cast<int>(sizeof(rtvia))) return {};
  const auto* via = static_cast<const rtvia*>(nla_data(attribute));
  const auto* bytes = reinterpret_cast<const std::byte*>(via->rtvia_addr);
  const auto size = nla_len(attribute) - static_cast<int>(sizeof(rtvia));
  if (via->rtvia_family == AF_INET6 && size == 16) return packet::load_v6(bytes);
  if (via->rtvia_family == AF_INET && size == 4) return packet::load_v4(bytes);
  return {};
}

RouteAnswer answer_in(nlmsghdr& message) {
  const ParsedRoute route(message);
  if (message.nlmsg_type != RTM_NEWROUTE || !route) return {.sys_errno = EPROTO};
  RouteAnswer answer{.kind = kind_of(route.header->rtm_type),
                     .interface_index = u32_in(route[RTA_OIF]).value_or(0),
                     .gateway = address_in(route[RTA_GATEWAY]),
                     .source = address_in(route[RTA_PREFSRC]),
                     .encapsulated = route[RTA_ENCAP_TYPE] != nullptr};
  if (!answer.gateway) answer.gateway = gateway_in_via(route[RTA_VIA]);
  if (answer.kind == RouteKind::kNone) answer.sys_errno = errno_of_type(route.header->rtm_type);
  return answer;
}

// The members in RTA_MULTIPATH. RTNH_F_DEAD marks members that the kernel never uses: interface
// down, or no carrier if ignore_routes_with_linkdown is set.
std::vector<RouteMember> members_in(const nlattr* multipath) {
  std::vector<RouteMember> members;
  if (multipath == nullptr) return members;
  int left = nla_len(multipath);
  auto* at = static_cast<rtnexthop*>(nla_data(multipath));
  while (left >= static_cast<int>(sizeof *at) && RTNH_OK(at, left)) {
    std::array<nlattr*, RTA_MAX + 1> attributes{};
    const int bytes = at->rtnh_len - static_cast<int>(RTNH_LENGTH(0));
    const bool parsed = nla_parse(attributes.data(), RTA_MAX,
                                  reinterpret_cast<nlattr*>(RTNH_DATA(at)), bytes, nullptr) >= 0;
    if (parsed && (at->rtnh_flags & RTNH_F_DEAD) == 0) {
      auto gateway = address_in(attributes[RTA_GATEWAY]);
      if (!gateway) gateway = gateway_in_via(attributes[RTA_VIA]);
      members.push_back({static_cast<std::uint32_t>(at->rtnh_ifindex), gateway});
    }
    left -= static_cast<int>(RTNH_ALIGN(at->rtnh_len));
    at = RTNH_NEXT(at);
  }
  return members;
}

class NetlinkRoutes final : public RouteSource {
 public:
  explicit NetlinkRoutes(NetlinkSocket netlink) : netlink_(std::move(netlink)) {}

  Result<std::vector<Interface>> interfaces() override {
    return dump<Interface>(RTM_GETLINK, ifinfomsg{}, interface_in);
  }
  Result<std::vector<Address>> addresses() override;
  Result<std::vector<AddressRange>> prefixes() override;
  Result<std::vector<PortRange>> port_ranges() override;
  Result<RouteAnswer> route(const RouteQuery& query) override;
  Result<RouteMembers> members(const RouteQuery& query) override;
  Result<std::vector<std::optional<MacAddress>>> resolve(
      std::span<const Neighbour> neighbours) override {
    return resolve_neighbours(netlink_, neighbours);
  }

 private:
  template <typename T, typename Header>
  Result<std::vector<T>> dump(int type, Header header, std::optional<T> (*parse)(nlmsghdr&));
  static NetlinkMessage route_request(const RouteQuery& query, unsigned flags);
  Result<RouteAnswer> ask_route(const RouteQuery& query, unsigned flags);
  Result<std::vector<RouteMember>> members_of_nexthop(std::uint32_t id);

  NetlinkSocket netlink_;
};

template <typename T, typename Header>
Result<std::vector<T>> NetlinkRoutes::dump(int type, Header header,
                                           std::optional<T> (*parse)(nlmsghdr&)) {
  std::vector<T> out;
  for (int tries = 0; tries < kDumpTries; ++tries) {
    out.clear();
    const auto ended =
        netlink_.ask(netlink_request(type, NLM_F_DUMP, header), [&](nlmsghdr& message) {
          if (auto parsed = parse(message)) out.push_back(*std::move(parsed));
        });
    if (!ended) return std::unexpected(ended.error());
    // A kernel without policy routing, or without IPv6, supports no such dump.
    if (ended->sys_errno == EOPNOTSUPP || ended->sys_errno == EAFNOSUPPORT) return out;
    if (ended->sys_errno != 0) {
      return fail(ErrorCode::kSystem, "the kernel does not list its routes", ended->sys_errno);
    }
    if (!ended->interrupted) return out;
  }
  return out;
}

Result<std::vector<Address>> NetlinkRoutes::addresses() {
  return dump<Address>(RTM_GETADDR, ifaddrmsg{}, [](nlmsghdr& message) -> std::optional<Address> {
    const ParsedAddress address(message);
    if (message.nlmsg_type != RTM_NEWADDR || !address) return std::nullopt;
    // On a point-to-point link IFA_ADDRESS is the peer's address.
    const auto local = address_in(address[IFA_LOCAL]);
    return local ? local : address_in(address[IFA_ADDRESS]);
  });
}

Result<std::vector<AddressRange>> NetlinkRoutes::prefixes() {
  std::vector<AddressRange> all;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    rtmsg route{};
    route.rtm_family = family;
    auto routes = dump<AddressRange>(RTM_GETROUTE, route, route_prefix_in);
    if (!routes) return routes;
    fib_rule_hdr rule{};
    rule.family = family;
    auto rules = dump<AddressRange>(RTM_GETRULE, rule, rule_prefix_in);
    if (!rules) return rules;
    all.insert(all.end(), routes->begin(), routes->end());
    all.insert(all.end(), rules->begin(), rules->end());
  }
  return all;
}

Result<std::vector<PortRange>> NetlinkRoutes::port_ranges() {
  std::vector<PortRange> all;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    fib_rule_hdr rule{};
    rule.family = family;
    const auto ranges = dump<PortRange>(RTM_GETRULE, rule, rule_ports_in);
    if (!ranges) return ranges;
    all.insert(all.end(), ranges->begin(), ranges->end());
  }
  return all;
}

Result<RouteAnswer> NetlinkRoutes::route(const RouteQuery& query) {
  auto answer = ask_route(query, 0);
  // If the query is bound to an interface without a route, IPv4 assumes that every address is
  // on-link there, and would send ARP in vain (ip_route_output_key_hash_rcu()). Only the matching
  // route distinguishes the two cases.
  const bool assumed = answer && query.destination.is_v4() && query.interface_index != 0 &&
                       answer->kind == RouteKind::kUnicast && !answer->gateway;
  if (!assumed) return answer;
  const auto match = ask_route(query, RTM_F_FIB_MATCH);
  if (!match) return match;
  if (match->kind == RouteKind::kNone) return RouteAnswer{.sys_errno = ENETUNREACH};
  return answer;
}

// RTM_F_FIB_MATCH returns the route itself, not the member that one connection would use (ADR 26).
Result<RouteMembers> NetlinkRoutes::members(const RouteQuery& query) {
  RouteMembers out;
  std::uint32_t nexthop = 0;
  const auto ended = netlink_.ask(route_request(query, RTM_F_FIB_MATCH), [&](nlmsghdr& message) {
    const ParsedRoute route(message);
    if (message.nlmsg_type != RTM_NEWROUTE || !route) return;
    out.source = address_in(route[RTA_PREFSRC]);
    out.members = members_in(route[RTA_MULTIPATH]);
    const bool names_hops = !out.members.empty() || route[RTA_OIF] != nullptr;
    nexthop = names_hops ? 0 : u32_in(route[RTA_NH_ID]).value_or(0);
  });
  if (!ended) return std::unexpected(ended.error());
  if (nexthop == 0) return out;
  // With net.ipv4.nexthop_compat_mode=0 a route names only the id of its nexthop object.
  auto members = members_of_nexthop(nexthop);
  if (!members) return std::unexpected(members.error());
  out.members = *std::move(members);
  return out;
}

Result<std::vector<RouteMember>> NetlinkRoutes::members_of_nexthop(std::uint32_t id) {
  std::vector<RouteMember> members;
  std::vector<std::uint32_t> group;
  auto request = netlink_request(RTM_GETNEXTHOP, 0, nhmsg{});
  put_u32(*request, NHA_ID, id);
  const auto ended = netlink_.ask(std::move(request), [&](nlmsghdr& message) {
    const ParsedNexthop nexthop(message);
    if (message.nlmsg_type != RTM_NEWNEXTHOP || !nexthop) return;
    if (const nlattr* list = nexthop[NHA_GROUP]) {
      const auto* bytes = static_cast<const std::byte*>(nla_data(list));
      for (int at = 0; at + static_cast<int>(sizeof(nexthop_grp)) <= nla_len(list);
           at += static_cast<int>(sizeof(nexthop_grp))) {
        nexthop_grp entry;
        std::memcpy(&entry, bytes + at, sizeof entry);
        group.push_back(entry.id);
      }
    } else if ((nexthop.header->nh_flags & RTNH_F_DEAD) == 0 && nexthop[NHA_OIF] != nullptr) {
      members.push_back({u32_in(nexthop[NHA_OIF]).value_or(0), address_in(nexthop[NHA_GATEWAY])});
    }
  });
  if (!ended) return std::unexpected(ended.error());
  for (const std::uint32_t member : group) {  // a group never contains groups
    const auto one = members_of_nexthop(member);
    if (!one) return one;
    members.insert(members.end(), one->begin(), one->end());
  }
  return members;
}

NetlinkMessage NetlinkRoutes::route_request(const RouteQuery& query, unsigned flags) {
  rtmsg header{};
  header.rtm_family = family_of(query.destination);
  header.rtm_dst_len = static_cast<unsigned char>(query.destination.bits());
  header.rtm_src_len = query.source ? header.rtm_dst_len : 0;
  header.rtm_flags = flags;
  auto request = netlink_request(RTM_GETROUTE, 0, header);
  put_address(*request, RTA_DST, query.destination);
  if (query.source) put_address(*request, RTA_SRC, *query.source);
  if (query.interface_index != 0) put_u32(*request, RTA_OIF, query.interface_index);
  put_u32(*request, RTA_UID, ::geteuid());
  ROLLCALL_CHECK(nla_put_u8(request.get(), RTA_IP_PROTO, IPPROTO_TCP) == 0);
  if (query.port != Port{}) {
    ROLLCALL_CHECK(nla_put_u16(request.get(), RTA_DPORT, htons(query.port.value)) == 0);
  }
  return request;
}

Result<RouteAnswer> NetlinkRoutes::ask_route(const RouteQuery& query, unsigned flags) {
  RouteAnswer answer{.sys_errno = EPROTO};
  const auto ended = netlink_.ask(route_request(query, flags),
                                  [&](nlmsghdr& message) { answer = answer_in(message); });
  if (!ended) return std::unexpected(ended.error());
  if (ended->sys_errno != 0) return RouteAnswer{.sys_errno = ended->sys_errno};
  return answer;
}

}  // namespace

Result<std::unique_ptr<RouteSource>> open_netlink_routes() {
  auto netlink = NetlinkSocket::open();
  if (!netlink) return std::unexpected(netlink.error());
  return std::make_unique<NetlinkRoutes>(*std::move(netlink));
}

}  // namespace rollcall::send
