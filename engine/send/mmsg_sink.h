// Sends batches by sendmmsg, through a packet socket or a raw IP socket: one system call a batch.
//
// Contract as PacketSink. A batch stops at the first frame that the kernel refuses; the kernel does
// not get the later frames.
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

// Sends frames that begin at the IP header. The kernel routes each by its destination and resolves
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
  std::array<sockaddr_in6, kBatchMax> peers_{};  // also large enough for an IPv4 sockaddr_in
};

}  // namespace rollcall::send
