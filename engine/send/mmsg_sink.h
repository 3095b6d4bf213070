// The sendmmsg lanes: packet socket or raw IP, one system call a batch.
//
// Contract as PacketSink. A batch stops at the first frame that the kernel refuses; the rest is
// untouched.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "engine/base/fd.h"
#include "engine/send/packet_sink.h"

namespace rollcall::send {

// Frames with a link header, through a packet socket that is bound to its interface.
class MmsgSink final : public PacketSink {
 public:
  explicit MmsgSink(Fd packet_socket);
  SendReport submit(std::span<const Frame> batch) noexcept override;
  bool takes_link_header() const noexcept override { return true; }
  std::string_view lane() const noexcept override { return "sendmmsg"; }

 private:
  Fd socket_;
  std::array<mmsghdr, kBatchMax> messages_{};
  std::array<iovec, kBatchMax> vectors_{};
};

// Frames that begin at the IP header; the kernel routes each by its destination and resolves
// neighbours.
class RawIpSink final : public PacketSink {
 public:
  explicit RawIpSink(Fd raw_ip_socket);
  SendReport submit(std::span<const Frame> batch) noexcept override;
  bool takes_link_header() const noexcept override { return false; }
  std::string_view lane() const noexcept override { return "ip"; }

 private:
  void address(std::size_t i, Frame frame) noexcept;

  Fd socket_;
  std::array<mmsghdr, kBatchMax> messages_{};
  std::array<iovec, kBatchMax> vectors_{};
  std::array<sockaddr_in6, kBatchMax> peers_{};  // sockaddr_in for IPv4: it fits
};

}  // namespace rollcall::send
