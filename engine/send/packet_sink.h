// Delivers finished frames to the wire, or to a test.
//
// Threading: one sender thread; not thread-safe.
// Ownership: frames are borrowed until submit() returns.
// Units:     bytes.
// Errors:    bit i of `accepted` is set when the kernel took frame i; `sys_errno` says why the
//            first of the others was not taken. A frame that was not taken may be offered again.
// Cost:      at most one system call a batch without errors; no allocation, no logging.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rollcall::send {

// One word of acceptance bits. Measured: larger batches gain nothing on AF_PACKET.
inline constexpr std::size_t kBatchMax = 64;

using Frame = std::span<const std::byte>;

struct SendReport {
  std::uint64_t accepted = 0;
  int sys_errno = 0;
};

class PacketSink {
 public:
  virtual ~PacketSink() = default;

  // Requires: batch.size() <= kBatchMax; each frame complete and at most kFrameBytesMax.
  virtual SendReport submit(std::span<const Frame> batch) noexcept = 0;

  // True: frames begin with a link header. False: with the IP header.
  virtual bool takes_link_header() const noexcept = 0;

  // "io_uring", "sendmmsg" or "ip".
  virtual std::string_view lane() const noexcept = 0;
};

// The lowest `count` bits. Requires: count <= 64.
constexpr std::uint64_t first_bits(std::size_t count) {
  return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace rollcall::send
