// The io_uring lane: IORING_OP_SEND on a bound packet socket, one io_uring_enter a batch.
//
// Plain SEND, because packet sockets refuse SEND_ZC (EOPNOTSUPP) and SQPOLL measured slower; a
// registered file; MSG_DONTWAIT so that a full queue comes back as an error at once instead of
// being polled for and sent late, out of order. Every request has its completion awaited within
// submit(): with MSG_DONTWAIT all of them complete during the one enter, and only completions give
// an exact count of what was taken.
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
  // Fails with kSystem when io_uring is not to be had: EPERM (kernel.io_uring_disabled, seccomp),
  // ENOSYS, ENOMEM. `packet_socket` is left untouched then.
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
  bool broken_ = false;  // for good
};

}  // namespace rollcall::send
