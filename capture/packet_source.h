// The source of received frames: the kernel through libpcap, or a test.
//
// Threading: dispatch() on the capture thread; wait_fd() is polled there too.
// Ownership: a frame's bytes are borrowed for the duration of the handler's call.
// Units:     wall time as the kernel stamped it; bytes as captured (at most the snap length).
// Errors:    dispatch() returns false when the source has failed permanently; failure() says why.
// Cost:      no system call while the kernel's ring holds frames. libpcap calls back once a frame,
//            so the handler is one indirect call a frame (ADR 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/base/clock.h"
#include "engine/packet/frame_view.h"

namespace rollcall::capture {

class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  virtual void on_frame(std::span<const std::byte> frame, packet::LinkType link,
                        WallTime at) noexcept = 0;
};

struct SourceStats {
  std::uint64_t ring_drops = 0;  // the capture ring was full (pcap_stats: ps_drop)
};

class PacketSource {
 public:
  virtual ~PacketSource() = default;

  // Delivers the frames that wait, without blocking.
  virtual bool dispatch(FrameHandler& handler) noexcept = 0;
  // Readable when frames wait.
  virtual int wait_fd() const noexcept = 0;
  virtual SourceStats stats() noexcept = 0;
  virtual std::string failure() const = 0;
};

}  // namespace rollcall::capture
