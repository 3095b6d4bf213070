#include "engine/send/uring_sink.h"

#include <linux/io_uring.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "engine/send/uring_setup.h"

namespace rollcall::send {
namespace {

constexpr std::array<std::uint8_t, 1> kSend{IORING_OP_SEND};
// Allows sends through the registered socket only.
constexpr RingLimits kToSendAlone{
    .operations = kSend, .flags_allowed = IOSQE_FIXED_FILE, .flags_required = IOSQE_FIXED_FILE};

}  // namespace

Result<std::unique_ptr<UringSink>> UringSink::create(Fd& packet_socket) {
  // SINGLE_ISSUER binds the ring to the thread that enables it. That is the sender thread, later.
  io_uring ring{};
  io_uring_params params{};
  int error = make_ring(ring, kBatchMax, params);
  if (error < 0) return fail(ErrorCode::kSystem, "io_uring is not available", -error);

  const int fd = packet_socket.get();
  error = io_uring_register_files(&ring, &fd, 1);
  if (error >= 0 && is_disabled(params)) error = restrict_ring(ring, kToSendAlone);
  if (error < 0) {
    io_uring_queue_exit(&ring);
    return fail(ErrorCode::kSystem, "io_uring does not take the packet socket", -error);
  }
  std::unique_ptr<UringSink> sink(new UringSink(ring));
  sink->socket_ = std::move(packet_socket);
  sink->enabled_ = !is_disabled(params);
  return sink;
}

UringSink::~UringSink() {
  io_uring_queue_exit(&ring_);
}

bool UringSink::enable() noexcept {
  if (enabled_) return true;
  enabled_ = enable_ring(ring_) == 0;
  return enabled_;
}

void UringSink::reap(SendReport& report, std::size_t& outstanding,
                     std::span<const Frame> batch) noexcept {
  io_uring_cqe* completion = nullptr;
  unsigned head = 0;
  unsigned seen = 0;
  std::size_t first_failed = batch.size();
  io_uring_for_each_cqe(&ring_, head, completion) {
    ++seen;
    const std::size_t i = completion->user_data;
    if (completion->res == static_cast<int>(batch[i].size())) {
      report.accepted |= std::uint64_t{1} << i;
    } else if (i < first_failed) {
      first_failed = i;
      report.sys_errno = completion->res < 0 ? -completion->res : EMSGSIZE;
    }
  }
  io_uring_cq_advance(&ring_, seen);
  outstanding -= seen;
}

SendReport UringSink::submit(std::span<const Frame> batch) noexcept {
  if (broken_ || !enable()) return {0, EPERM};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    // Never null: the queue has kBatchMax entries and is empty between calls.
    io_uring_sqe* request = io_uring_get_sqe(&ring_);
    io_uring_prep_send(request, 0, batch[i].data(), batch[i].size(), MSG_DONTWAIT);
    request->flags = IOSQE_FIXED_FILE;  // after prep: liburing 2.3's prep clears it
    request->user_data = i;
  }
  SendReport report;
  std::size_t outstanding = batch.size();
  // The caller may reuse the slots only after every completion. So this loop waits for all of them,
  // also after EINTR.
  while (outstanding > 0) {
    const int error = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(outstanding));
    reap(report, outstanding, batch);
    if (error < 0 && error != -EINTR && error != -EAGAIN && error != -EBUSY) {
      // Completions are still outstanding. They could not be distinguished from those of the next
      // batch, so the ring is unusable.
      broken_ = true;
      if (report.sys_errno == 0) report.sys_errno = -error;
      break;
    }
  }
  return report;
}

}  // namespace rollcall::send
