#include "cli/bench/network/veth_pair.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>

#include <cerrno>

#include "engine/send/routing/netlink_socket.h"

namespace rollcall::bench {
namespace {

constexpr int kCreate = NLM_F_CREATE | NLM_F_EXCL;

Result<void> request(send::NetlinkMessage message, const std::string& what) {
  auto socket = send::NetlinkSocket::open();
  if (!socket) return std::unexpected(socket.error());
  const auto ended = socket->ask(std::move(message), [](nlmsghdr&) {});
  if (!ended) return std::unexpected(ended.error());
  if (ended->sys_errno == 0) return {};
  const bool forbidden = ended->sys_errno == EPERM || ended->sys_errno == EACCES;
  return fail(forbidden ? ErrorCode::kPermission : ErrorCode::kSystem,
              fmt::format("cannot {} for a lab", what), ended->sys_errno);
}

Result<int> index_of(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return fail(ErrorCode::kSystem, fmt::format("{} is gone", interface), errno);
  return static_cast<int>(index);
}

// A nested attribute, closed at the end of its block.
class Nest {
 public:
  Nest(nl_msg& message, int attribute)
      : message_(message), start_(nla_nest_start(&message, attribute)) {
    ROLLCALL_CHECK(start_ != nullptr);
  }
  ~Nest() { nla_nest_end(&message_, start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  nl_msg& message_;
  nlattr* start_;
};

}  // namespace

Result<void> add_veth_pair(const std::string& interface, const Fd& far) {
  auto message = send::netlink_request(RTM_NEWLINK, kCreate, ifinfomsg{.ifi_family = AF_UNSPEC});
  nl_msg& link = *message;
  ROLLCALL_CHECK(nla_put_string(&link, IFLA_IFNAME, interface.c_str()) == 0);
  {
    const Nest info(link, IFLA_LINKINFO);
    ROLLCALL_CHECK(nla_put_string(&link, IFLA_INFO_KIND, "veth") == 0);
    const Nest data(link, IFLA_INFO_DATA);
    const Nest peer(link, VETH_INFO_PEER);
    ifinfomsg header{.ifi_family = AF_UNSPEC};
    ROLLCALL_CHECK(nlmsg_append(&link, &header, sizeof header, NLMSG_ALIGNTO) == 0);
    ROLLCALL_CHECK(nla_put_string(&link, IFLA_IFNAME, interface.c_str()) == 0);
    send::put_u32(link, IFLA_NET_NS_FD, static_cast<std::uint32_t>(far.get()));
  }
  return request(std::move(message), "make a cable (veth)");
}

Result<void> set_up(const std::string& interface) {
  const auto index = index_of(interface);
  if (!index) return std::unexpected(index.error());
  return request(send::netlink_request(RTM_NEWLINK, 0,
                                       ifinfomsg{.ifi_family = AF_UNSPEC,
                                                 .ifi_index = *index,
                                                 .ifi_flags = IFF_UP,
                                                 .ifi_change = IFF_UP}),
                 fmt::format("raise {}", interface));
}

Result<void> add_address(const std::string& interface, const Prefix& address) {
  const auto index = index_of(interface);
  if (!index) return std::unexpected(index.error());
  auto message = send::netlink_request(RTM_NEWADDR, kCreate,
                                       ifaddrmsg{.ifa_family = send::family_of(address.network),
                                                 .ifa_prefixlen = address.bits,
                                                 .ifa_index = static_cast<std::uint32_t>(*index)});
  send::put_address(*message, IFA_LOCAL, address.network);
  send::put_address(*message, IFA_ADDRESS, address.network);
  return request(std::move(message), fmt::format("give {} an address", interface));
}

Result<void> add_route(const Prefix& prefix, const Address& gateway) {
  auto message = send::netlink_request(RTM_NEWROUTE, kCreate,
                                       rtmsg{.rtm_family = send::family_of(prefix.network),
                                             .rtm_dst_len = prefix.bits,
                                             .rtm_table = RT_TABLE_MAIN,
                                             .rtm_protocol = RTPROT_STATIC,
                                             .rtm_scope = RT_SCOPE_UNIVERSE,
                                             .rtm_type = RTN_UNICAST});
  send::put_address(*message, RTA_DST, prefix.network);
  send::put_address(*message, RTA_GATEWAY, gateway);
  return request(std::move(message), "add a route");
}

Result<void> own_prefix(const Prefix& prefix) {
  const auto loopback = index_of("lo");
  if (!loopback) return std::unexpected(loopback.error());
  auto message = send::netlink_request(RTM_NEWROUTE, kCreate,
                                       rtmsg{.rtm_family = send::family_of(prefix.network),
                                             .rtm_dst_len = prefix.bits,
                                             .rtm_table = RT_TABLE_LOCAL,
                                             .rtm_protocol = RTPROT_STATIC,
                                             .rtm_scope = RT_SCOPE_HOST,
                                             .rtm_type = RTN_LOCAL});
  send::put_address(*message, RTA_DST, prefix.network);
  send::put_u32(*message, RTA_OIF, static_cast<std::uint32_t>(*loopback));
  return request(std::move(message), "own a prefix");
}

}  // namespace rollcall::bench
