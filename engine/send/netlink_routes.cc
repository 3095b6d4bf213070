#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/packet/wire_layout.h"
#include "engine/send/neighbour_resolver.h"
#include "engine/send/netlink_socket.h"
#include "engine/send/route_source.h"

namespace rollcall::send {
namespace {

// After that many interrupted dumps the last one is used: on a host whose routes change all the
// time (a routing daemon) none may ever be whole, and a plan is a snapshot anyway.
constexpr int kDumpTries = 5;

// Attributes of one message with a `Header`; nothing if it is malformed.
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
  // IFF_NOARP: Ethernet frames, but nobody to ask for a MAC address (ipvlan L3, dummy).
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
  // "::/0" is a range over everything, IPv4's mapped space too: one boundary more, no harm.
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

// What IPv4 says by an error, IPv6 says by the type of the answer (fib_props[],
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

class NetlinkRoutes final : public RouteSource {
 public:
  explicit NetlinkRoutes(NetlinkSocket netlink) : netlink_(std::move(netlink)) {}

  Result<std::vector<Interface>> interfaces() override {
    return dump<Interface>(RTM_GETLINK, ifinfomsg{}, interface_in);
  }
  Result<std::vector<Address>> addresses() override;
  Result<std::vector<AddressRange>> prefixes() override;
  Result<RouteAnswer> route(const RouteQuery& query) override;
  Result<std::vector<std::optional<MacAddress>>> resolve(
      std::span<const Neighbour> neighbours) override {
    return resolve_neighbours(netlink_, neighbours);
  }

 private:
  template <typename T, typename Header>
  Result<std::vector<T>> dump(int type, Header header, std::optional<T> (*parse)(nlmsghdr&));
  Result<RouteAnswer> ask_route(const RouteQuery& query, unsigned flags);

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
    // A kernel without policy routing, or without IPv6, has none of these.
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
    // On a point-to-point link IFA_ADDRESS is the other end.
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

Result<RouteAnswer> NetlinkRoutes::route(const RouteQuery& query) {
  auto answer = ask_route(query, 0);
  // Bound to an interface without a route, IPv4 assumes that everything is on-link there and would
  // ARP in vain (ip_route_output_key_hash_rcu()); only the matching route tells the two apart.
  const bool assumed = answer && query.destination.is_v4() && query.interface_index != 0 &&
                       answer->kind == RouteKind::kUnicast && !answer->gateway;
  if (!assumed) return answer;
  const auto match = ask_route(query, RTM_F_FIB_MATCH);
  if (!match) return match;
  if (match->kind == RouteKind::kNone) return RouteAnswer{.sys_errno = ENETUNREACH};
  return answer;
}

Result<RouteAnswer> NetlinkRoutes::ask_route(const RouteQuery& query, unsigned flags) {
  rtmsg header{};
  header.rtm_family = family_of(query.destination);
  header.rtm_dst_len = static_cast<unsigned char>(query.destination.bits());
  header.rtm_src_len = query.source ? header.rtm_dst_len : 0;
  header.rtm_flags = flags;
  auto request = netlink_request(RTM_GETROUTE, 0, header);
  put_address(*request, RTA_DST, query.destination);
  if (query.source) put_address(*request, RTA_SRC, *query.source);
  if (query.interface_index != 0) put_u32(*request, RTA_OIF, query.interface_index);

  RouteAnswer answer{.sys_errno = EPROTO};
  const auto ended =
      netlink_.ask(std::move(request), [&](nlmsghdr& message) { answer = answer_in(message); });
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
