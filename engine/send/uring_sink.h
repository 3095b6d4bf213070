// Sends batches through io_uring: IORING_OP_SEND on a bound packet socket, one enter a batch.
//
// Packet sockets refuse SEND_ZC (EOPNOTSUPP), and SQPOLL measured slower, so this uses plain SEND.
// The socket is a registered file. With MSG_DONTWAIT a full queue is an error at once; otherwise
// io_uring would poll for it and send late, out of order. submit() awaits every completion: with
// MSG_DONTWAIT all requests complete during the one enter. Only completions give an exact count of
// the frames that the kernel took.
//
// The ring takes no other operation, and no other file (uring_setup.h).
//
// Contract as PacketSink.
#pragma once

#include <liburing.h>

#include <memory>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/send/packet_sink.h"

namespace rollcall::send {

class UringSink final : public PacketSink {
 public:
  // Fails with kSystem when io_uring is not available: EPERM (kernel.io_uring_disabled, seccomp),
  // ENOSYS, ENOMEM. `packet_socket` is left unchanged then.
  static Result<std::unique_ptr<UringSink>> create(Fd& packet_socket);
  ~UringSink() override;
  UringSink(const UringSink&) = delete;
  UringSink& operator=(const UringSink&) = delete;

  SendReport submit(std::span<const Frame> batch) noexcept override;
  bool takes_link_header() const noexcept override { return true; }
  std::string_view lane() const noexcept override { return "io_uring"; }

 private:
  explicit UringSink(const io_uring& ring) : ring_(ring) {}
  bool enable() noexcept;
  void reap(SendReport& report, std::size_t& outstanding, std::span<const Frame> batch) noexcept;

  io_uring ring_;
  Fd socket_;
  bool enabled_ = false;
  bool broken_ = false;  // permanently
};

}  // namespace rollcall::send
