#include "engine/send/mmsg_sink.h"

#include <cerrno>
#include <cstring>

#include "engine/packet/wire_layout.h"

namespace rollcall::send {
namespace {

using Messages = std::array<mmsghdr, kBatchMax>;
using Vectors = std::array<iovec, kBatchMax>;

void link(Messages& messages, Vectors& vectors) {
  for (std::size_t i = 0; i < kBatchMax; ++i) {
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
}

iovec borrow(Frame frame) {
  // sendmmsg(2) only reads the bytes; iovec is not const because receive calls use it too.
  return {const_cast<std::byte*>(frame.data()), frame.size()};
}

SendReport send_prepared(const Fd& socket, Messages& messages, std::size_t count) {
  // MSG_DONTWAIT: a full socket buffer must not block the thread; the sender retries with pauses.
  int sent = 0;
  do {
    sent = ::sendmmsg(socket.get(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return {0, errno};
  // sendmmsg(2) reports no errno for a partial batch. The next call begins with the refused frame,
  // and returns it.
  return {first_bits(static_cast<std::size_t>(sent)), 0};
}

}  // namespace

MmsgSink::MmsgSink(Fd packet_socket) : socket_(std::move(packet_socket)) {
  link(messages_, vectors_);
}

SendReport MmsgSink::submit(std::span<const Frame> batch) noexcept {
  for (std::size_t i = 0; i < batch.size(); ++i) vectors_[i] = borrow(batch[i]);
  return send_prepared(socket_, messages_, batch.size());
}

RawIpSink::RawIpSink(Fd raw_ip_socket) : socket_(std::move(raw_ip_socket)) {
  link(messages_, vectors_);
}

void RawIpSink::address(std::size_t i, Frame frame) noexcept {
  msghdr& header = messages_[i].msg_hdr;
  header.msg_name = &peers_[i];
  if (static_cast<std::uint8_t>(frame[0]) >> 4 == 4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, &frame[packet::ipv4::kDestination], sizeof v4.sin_addr);
    std::memcpy(&peers_[i], &v4, sizeof v4);
    header.msg_namelen = sizeof v4;
    return;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;  // the port must stay 0: the kernel reads it as the protocol
  std::memcpy(&v6.sin6_addr, &frame[packet::ipv6::kDestination], sizeof v6.sin6_addr);
  peers_[i] = v6;
  header.msg_namelen = sizeof v6;
}

SendReport RawIpSink::submit(std::span<const Frame> batch) noexcept {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    vectors_[i] = borrow(batch[i]);
    address(i, batch[i]);
  }
  return send_prepared(socket_, messages_, batch.size());
}

}  // namespace rollcall::send
