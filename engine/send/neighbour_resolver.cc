#include "engine/send/neighbour_resolver.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/clock.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::send {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{5};
constexpr milliseconds kNudgeEvery{1000};
constexpr std::uint16_t kDiscardPort = 9;

// States whose MAC address the kernel itself would use (NUD_VALID of include/net/neighbour.h).
constexpr int kUsable =
    NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;

std::optional<MacAddress> mac_in(nlmsghdr& header) {
  std::array<nlattr*, NDA_MAX + 1> attributes{};
  if (header.nlmsg_type != RTM_NEWNEIGH ||
      nlmsg_parse(&header, sizeof(ndmsg), attributes.data(), NDA_MAX, nullptr) < 0) {
    return std::nullopt;
  }
  const auto* entry = static_cast<const ndmsg*>(nlmsg_data(&header));
  const nlattr* lladdr = attributes[NDA_LLADDR];
  MacAddress mac{};
  if ((entry->ndm_state & kUsable) == 0 || lladdr == nullptr ||
      nla_len(lladdr) != static_cast<int>(mac.size())) {
    return std::nullopt;
  }
  std::memcpy(mac.data(), nla_data(lladdr), mac.size());
  return mac;
}

Result<std::optional<MacAddress>> look_up(NetlinkSocket& netlink, const Neighbour& neighbour) {
  ndmsg header{};
  header.ndm_family = family_of(neighbour.address);
  header.ndm_ifindex = static_cast<int>(neighbour.interface_index);
  auto request = netlink_request(RTM_GETNEIGH, 0, header);
  put_address(*request, NDA_DST, neighbour.address);
  std::optional<MacAddress> mac;
  const auto ended =
      netlink.ask(std::move(request), [&](nlmsghdr& answer) { mac = mac_in(answer); });
  if (!ended) return std::unexpected(ended.error());
  return mac;  // ENOENT and the like: not known yet
}

// A failure is left to the deadline: then the neighbour did not answer.
void nudge(const Neighbour& neighbour) {
  const bool v4 = neighbour.address.is_v4();
  const Fd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return;
  // By this interface and, with MSG_DONTROUTE, straight to the neighbour: a gateway may lie outside
  // every prefix of the interface ("via 172.31.1.1 dev eth0 onlink").
  const int index = static_cast<int>(neighbour.interface_index);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof index);
  sockaddr_in6 to6{};
  sockaddr_in to4{};
  to6.sin6_family = AF_INET6;
  to6.sin6_scope_id = neighbour.interface_index;
  to4.sin_family = AF_INET;
  const auto bytes_of = [](auto& field) { return reinterpret_cast<std::byte*>(&field); };
  packet::store_be(bytes_of(to6.sin6_port), kDiscardPort);
  packet::store_be(bytes_of(to4.sin_port), kDiscardPort);
  if (v4) {
    packet::store_v4(bytes_of(to4.sin_addr), neighbour.address);
  } else {
    packet::store_v6(bytes_of(to6.sin6_addr), neighbour.address);
  }
  const auto* to =
      v4 ? reinterpret_cast<const sockaddr*>(&to4) : reinterpret_cast<const sockaddr*>(&to6);
  (void)::sendto(fd.get(), nullptr, 0, MSG_DONTROUTE, to, v4 ? sizeof to4 : sizeof to6);
}

}  // namespace

Result<std::vector<std::optional<MacAddress>>> resolve_neighbours(
    NetlinkSocket& netlink, std::span<const Neighbour> neighbours) {
  std::vector<std::optional<MacAddress>> macs(neighbours.size());
  const SystemClock clock;
  const TimePoint start = clock.now();
  TimePoint next_nudge = start;
  for (TimePoint now = start;; now = clock.now()) {
    const bool nudging = now >= next_nudge;
    if (nudging) next_nudge = now + kNudgeEvery;
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      if (macs[i]) continue;
      auto found = look_up(netlink, neighbours[i]);
      if (!found) return std::unexpected(found.error());
      macs[i] = *found;
      if (!macs[i] && nudging) nudge(neighbours[i]);
    }
    const bool all = std::ranges::all_of(macs, [](const auto& mac) { return mac.has_value(); });
    if (all || now - start >= kResolveTimeMax) return macs;
    ::poll(nullptr, 0, static_cast<int>(kLookEvery.count()));
  }
}

}  // namespace rollcall::send
