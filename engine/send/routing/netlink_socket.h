// Sends one netlink request at a time to the kernel, and hands its answers to a callback.
//
// Threading: one thread; not thread-safe.
// Ownership: answers are borrowed until `take` returns.
// Units:     netlink's own: host byte order outside attributes, network byte order in addresses.
// Errors:    a refusal by the kernel is an answer (Ended::sys_errno); kSystem when the request
//            cannot be sent or its answer not received. libnl checks every length before use.
// Cost:      one round trip; a dump reads 64 KiB at a time.
#pragma once

#include <linux/netlink.h>
#include <netlink/msg.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::send {

using NetlinkMessage = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;

// A request that opens with `header` (rtmsg, ifinfomsg, ...).
template <typename Header>
NetlinkMessage netlink_request(int type, int flags, Header header) {
  NetlinkMessage message(nlmsg_alloc_simple(type, flags), &nlmsg_free);
  ROLLCALL_CHECK(message &&
                 nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) == 0);
  return message;
}
void put_address(nl_msg& message, int attribute, const Address& address);
void put_u32(nl_msg& message, int attribute, std::uint32_t value);

// AF_INET or AF_INET6.
std::uint8_t family_of(const Address& address);

// nullopt for an absent attribute, or one whose size differs from the value's.
std::optional<Address> address_in(const nlattr* attribute);
std::optional<std::uint32_t> u32_in(const nlattr* attribute);

class NetlinkSocket {
 public:
  struct Ended {
    int sys_errno = 0;         // the kernel refused the request
    bool interrupted = false;  // the table changed during the dump, so entries may be missing
  };

  // `protocol`: NETLINK_ROUTE, NETLINK_SOCK_DIAG, ...
  static Result<NetlinkSocket> open(int protocol = NETLINK_ROUTE);

  // Sends `request`, hands every answer to `take`, and returns at the end of the answers.
  Result<Ended> ask(NetlinkMessage request, const std::function<void(nlmsghdr&)>& take);

 private:
  explicit NetlinkSocket(Fd fd);
  Result<std::size_t> receive();

  Fd fd_;
  std::uint32_t sequence_ = 0;
  std::vector<char> buffer_;
};

}  // namespace rollcall::send
