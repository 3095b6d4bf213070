#include "engine/send/routing/neighbour_resolver.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include <array>
#include <cstring>

#include "engine/send/routing/neighbour_probe.h"

namespace rollcall::send {
namespace {

constexpr int kStatic = NUD_PERMANENT | NUD_NOARP;

// States whose MAC address the kernel itself would use (NUD_VALID of include/net/neighbour.h).
constexpr int kUsable = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | kStatic;

NeighbourEntry entry_in(nlmsghdr& header) {
  std::array<nlattr*, NDA_MAX + 1> attributes{};
  if (header.nlmsg_type != RTM_NEWNEIGH ||
      nlmsg_parse(&header, sizeof(ndmsg), attributes.data(), NDA_MAX, nullptr) < 0) {
    return {};
  }
  const auto* message = static_cast<const ndmsg*>(nlmsg_data(&header));
  const nlattr* lladdr = attributes[NDA_LLADDR];
  NeighbourEntry entry{.mac = {}, .is_static = (message->ndm_state & kStatic) != 0};
  MacAddress mac{};
  if ((message->ndm_state & kUsable) == 0 || lladdr == nullptr ||
      nla_len(lladdr) != static_cast<int>(mac.size())) {
    return entry;
  }
  std::memcpy(mac.data(), nla_data(lladdr), mac.size());
  entry.mac = mac;
  return entry;
}

}  // namespace

Result<NeighbourEntry> look_up_neighbour(NetlinkSocket& netlink, const Neighbour& neighbour) {
  ndmsg header{};
  header.ndm_family = family_of(neighbour.address);
  header.ndm_ifindex = static_cast<int>(neighbour.interface_index);
  auto request = netlink_request(RTM_GETNEIGH, 0, header);
  put_address(*request, NDA_DST, neighbour.address);
  NeighbourEntry entry;
  const auto ended =
      netlink.ask(std::move(request), [&](nlmsghdr& answer) { entry = entry_in(answer); });
  if (!ended) return std::unexpected(ended.error());
  return entry;  // empty after an error such as ENOENT: the kernel does not know the neighbour
}

Result<std::vector<std::optional<MacAddress>>> resolve_neighbours(
    NetlinkSocket& netlink, std::span<const Neighbour> neighbours) {
  std::vector<std::optional<MacAddress>> macs(neighbours.size());
  std::vector<std::size_t> unknown;
  std::vector<Neighbour> asked;
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    const auto entry = look_up_neighbour(netlink, neighbours[i]);
    if (!entry) return std::unexpected(entry.error());
    macs[i] = entry->mac;
    if (macs[i]) continue;
    unknown.push_back(i);
    asked.push_back(neighbours[i]);
  }
  if (asked.empty()) return macs;
  const auto replies = ask_neighbours(asked, kResolveTimeMax);
  if (!replies) return std::unexpected(replies.error());
  for (std::size_t i = 0; i < asked.size(); ++i) macs[unknown[i]] = (*replies)[i].mac;
  return macs;
}

}  // namespace rollcall::send
