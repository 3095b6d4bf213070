#include "engine/send/routing/neighbour_tables.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "engine/send/routing/netlink_socket.h"

namespace rollcall::send {
namespace {

void take_table(nlmsghdr& header, NeighbourTables& tables) {
  std::array<nlattr*, NDTA_MAX + 1> attributes{};
  if (header.nlmsg_type != RTM_NEWNEIGHTBL ||
      nlmsg_parse(&header, sizeof(ndtmsg), attributes.data(), NDTA_MAX, nullptr) < 0) {
    return;
  }
  const auto* header_of_table = static_cast<const ndtmsg*>(nlmsg_data(&header));
  if (header_of_table->ndtm_family != AF_INET && header_of_table->ndtm_family != AF_INET6) return;
  NeighbourTable& table = header_of_table->ndtm_family == AF_INET ? tables.v4 : tables.v6;
  const nlattr* stats = attributes[NDTA_STATS];
  if (stats != nullptr && nla_len(stats) >= static_cast<int>(sizeof(ndt_stats))) {
    ndt_stats values{};
    std::memcpy(&values, nla_data(stats), sizeof values);
    table.refusals += values.ndts_table_fulls;
  }
  // Only the message of the table itself has this attribute; those of its interfaces do not.
  if (const auto entries_max = u32_in(attributes[NDTA_THRESH3])) table.entries_max = *entries_max;
}

}  // namespace

Result<NeighbourTables> read_neighbour_tables() {
  auto netlink = NetlinkSocket::open();
  if (!netlink) return std::unexpected(netlink.error());
  NeighbourTables tables;
  const auto ended = netlink->ask(netlink_request(RTM_GETNEIGHTBL, NLM_F_DUMP, ndtmsg{}),
                                  [&tables](nlmsghdr& answer) { take_table(answer, tables); });
  if (!ended) return std::unexpected(ended.error());
  return tables;
}

}  // namespace rollcall::send
