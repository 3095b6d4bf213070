#include "engine/send/routing/netlink_socket.h"

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "engine/packet/wire_layout.h"

namespace rollcall::send {
namespace {

// The kernel fills at most 32 KiB of one message of a dump (netlink_dump()).
constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

// rtnetlink answers from within send(2); the timeout only covers a missing answer.
constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

// The errno that ends a series of answers: from NLMSG_ERROR, or from NLMSG_DONE of a failed dump.
int errno_at_end(nlmsghdr& header) {
  int negative = 0;
  if (nlmsg_datalen(&header) < static_cast<int>(sizeof negative)) return 0;
  std::memcpy(&negative, nlmsg_data(&header), sizeof negative);
  return -negative;
}

}  // namespace

void put_address(nl_msg& message, int attribute, const Address& address) {
  std::array<std::byte, 16> bytes{};
  address.is_v4() ? packet::store_v4(bytes.data(), address)
                  : packet::store_v6(bytes.data(), address);
  ROLLCALL_CHECK(nla_put(&message, attribute, address.bits() / 8, bytes.data()) == 0);
}

void put_u32(nl_msg& message, int attribute, std::uint32_t value) {
  ROLLCALL_CHECK(nla_put_u32(&message, attribute, value) == 0);
}

std::uint8_t family_of(const Address& address) {
  return address.is_v4() ? AF_INET : AF_INET6;
}

std::optional<Address> address_in(const nlattr* attribute) {
  if (attribute == nullptr) return std::nullopt;
  const auto* bytes = static_cast<const std::byte*>(nla_data(attribute));
  switch (nla_len(attribute)) {
    case 4:
      return packet::load_v4(bytes);
    case 16:
      return packet::load_v6(bytes);
    default:
      return std::nullopt;
  }
}

std::optional<std::uint32_t> u32_in(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != sizeof(std::uint32_t)) return std::nullopt;
  return nla_get_u32(attribute);
}

NetlinkSocket::NetlinkSocket(Fd fd) : fd_(std::move(fd)), buffer_(kBufferBytes) {}

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0) {
    return fail(ErrorCode::kSystem, "cannot ask the kernel by netlink for its routes or sockets",
                errno);
  }
  return NetlinkSocket(std::move(fd));
}

Result<NetlinkSocket::Ended> NetlinkSocket::ask(NetlinkMessage request,
                                                const std::function<void(nlmsghdr&)>& take) {
  nlmsghdr& header = *nlmsg_hdr(request.get());
  // With an ACK every series of answers has an end: NLMSG_DONE of a dump, else NLMSG_ERROR.
  header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  header.nlmsg_seq = ++sequence_;
  if (::send(fd_.get(), &header, header.nlmsg_len, 0) < 0) {
    return fail(ErrorCode::kSystem, "cannot send to rtnetlink", errno);
  }
  Ended ended;
  for (;;) {
    const auto received = receive();
    if (!received) return std::unexpected(received.error());
    int rest = static_cast<int>(*received);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(answer, rest);
         answer = nlmsg_next(answer, &rest)) {
      if (answer->nlmsg_seq != sequence_) continue;  // belongs to an abandoned request
      if ((answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0) ended.interrupted = true;
      if (answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE) {
        ended.sys_errno = errno_at_end(*answer);
        return ended;
      }
      take(*answer);
    }
  }
}

Result<std::size_t> NetlinkSocket::receive() {
  ssize_t received = 0;
  do {
    received = ::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return fail(ErrorCode::kSystem, "no answer from rtnetlink", errno);
  const auto bytes = static_cast<std::size_t>(received);
  if (bytes > buffer_.size()) {
    return fail(ErrorCode::kSystem, "an answer of rtnetlink is longer than any known", EMSGSIZE);
  }
  return bytes;
}

}  // namespace rollcall::send
