#include "scheduler/recheck/uring_connector.h"

#include <fmt/format.h>
#include <liburing.h>

#include <array>
#include <cerrno>
#include <vector>

#include "engine/send/uring_setup.h"
#include "scheduler/recheck/connect_socket.h"

namespace rollcall::recheck {
namespace {

// Invariants:
//  1. A slot is free, or exactly one completion is due for its connect and one for its timeout
//     (completions_due counts them). The connector reuses a slot only when none is due. Otherwise
//     it would take a late completion of the old connect for the new one's.
//  2. An unsubmitted entry points into its slot (address, timespec). The kernel copies both when it
//     takes the entry (IORING_FEAT_SUBMIT_STABLE), so destroying slots after the ring is safe.
struct Slot {
  ConnectUnderWay connect;
  __kernel_timespec timeout{};
  int connect_result = 0;
  int timeout_result = 0;
  int completions_due = 0;
};

constexpr unsigned kSubmissionEntries = 1024;  // two a connect; when full, start() submits
constexpr unsigned kCompletionEntries = 4 * kConnectsInFlightMax;

// user_data holds the slot and which of its two completions this is. It must be distinct for every
// entry in flight, because the kernel finds the request that a linked timeout cancels
// by user_data.
enum Part : std::uint8_t { kConnectPart = 0, kTimeoutPart = 1 };
constexpr std::uint64_t tag_of(std::uint32_t slot, Part part) {
  return std::uint64_t{slot} << 1 | part;
}

// The errno of a finished connect, 0 for success.
int errno_of(const Slot& slot) noexcept {
  const bool cancelled =
      slot.connect_result == -ECANCELED || slot.connect_result == -EINTR;  // EINTR: from a worker
  if (!cancelled) return -slot.connect_result;
  // Only its own timeout cancels a connect. EALREADY means the same while a worker ran the connect.
  if (slot.timeout_result == -ETIME || slot.timeout_result == -EALREADY) return ETIMEDOUT;
  return -slot.connect_result;
}

constexpr std::array<std::uint8_t, 2> kOperations{IORING_OP_CONNECT, IORING_OP_LINK_TIMEOUT};
constexpr send::RingLimits kToConnectAlone{
    .operations = kOperations, .flags_allowed = IOSQE_IO_LINK, .flags_required = 0};

class UringConnector final : public TcpConnector {
 public:
  explicit UringConnector(std::uint32_t in_flight_max)
      : slots_(in_flight_max), results_(in_flight_max) {
    free_.reserve(in_flight_max);
    for (std::uint32_t i = in_flight_max; i > 0; --i) free_.push_back(i - 1);
  }
  UringConnector(const UringConnector&) = delete;
  UringConnector& operator=(const UringConnector&) = delete;
  // Closing the ring cancels the connects in flight; the descriptors are closed afterwards.
  ~UringConnector() override {
    if (ring_made_) io_uring_queue_exit(&ring_);
  }

  Result<void> make_ring();

  std::uint32_t in_flight_max() const noexcept override {
    return static_cast<std::uint32_t>(slots_.size());
  }
  std::uint32_t in_flight() const noexcept override { return in_kernel() + results_.size(); }
  void start(const ConnectRequest& request) noexcept override;
  std::span<const ConnectResult> poll(TimePoint now) noexcept override;

 private:
  std::uint32_t in_kernel() const noexcept {
    return static_cast<std::uint32_t>(slots_.size() - free_.size());
  }
  void submit() noexcept;
  void queue(std::uint32_t index) noexcept;
  void account(const io_uring_cqe& cqe) noexcept;

  io_uring ring_{};
  bool ring_made_ = false;
  bool enabled_ = false;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  ResultBuffer results_;
};

Result<void> UringConnector::make_ring() {
  // The ring starts disabled: SINGLE_ISSUER binds it to the thread that enables it. That must be
  // the thread that uses the ring, not the one that made it.
  io_uring_params params{};
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = kCompletionEntries;
  int result = send::make_ring(ring_, kSubmissionEntries, params);
  ring_made_ = result >= 0;
  enabled_ = !send::is_disabled(params);
  if (ring_made_ && !enabled_) result = send::restrict_ring(ring_, kToConnectAlone);
  if (result < 0) {
    return fail(
        ErrorCode::kSystem,
        "no io_uring for rechecks (kernel.io_uring_disabled, a container's seccomp filter, or "
        "RLIMIT_MEMLOCK)",
        -result);
  }
  return {};
}

void UringConnector::start(const ConnectRequest& request) noexcept {
  ROLLCALL_DCHECK(in_flight() < in_flight_max());
  ROLLCALL_DCHECK(request.timeout > Duration::zero());
  if (io_uring_sq_space_left(&ring_) < 2) submit();
  if (io_uring_sq_space_left(&ring_) < 2) {
    results_.add({request.target, ConnectOutcome::kLocalError, EAGAIN});
    return;
  }
  // Blocking: io_uring itself never waits. But when it hands a connect to a worker thread, an
  // O_NONBLOCK socket would end the connect at once with EINPROGRESS.
  auto fd = open_connect_socket(request, Blocking::kYes);
  if (!fd) {
    results_.add({request.target, ConnectOutcome::kLocalError, fd.error()});
    return;
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.connect = {*std::move(fd), request.target,
                  to_socket_address(request.peer, request.peer_port), request.check_far_end};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(request.timeout);
  slot.timeout = {.tv_sec = seconds.count(), .tv_nsec = (request.timeout - seconds).count()};
  slot.completions_due = 2;
  queue(index);
}

void UringConnector::queue(std::uint32_t index) noexcept {
  Slot& slot = slots_[index];
  io_uring_sqe* connect = io_uring_get_sqe(&ring_);
  io_uring_prep_connect(connect, slot.connect.fd.get(), &slot.connect.peer.generic,
                        slot.connect.peer.length);
  io_uring_sqe_set_data64(connect, tag_of(index, kConnectPart));
  connect->flags = IOSQE_IO_LINK;  // after prep, which clears it

  io_uring_sqe* timeout = io_uring_get_sqe(&ring_);
  io_uring_prep_link_timeout(timeout, &slot.timeout, 0);
  io_uring_sqe_set_data64(timeout, tag_of(index, kTimeoutPart));
}

void UringConnector::submit() noexcept {
  if (!enabled_) enabled_ = send::enable_ring(ring_) == 0;
  // With DEFER_TASKRUN the kernel posts completions only during such a call. After a failure
  // (EAGAIN, EBUSY: no memory for requests) the entries stay queued, and the next poll tries again.
  (void)io_uring_submit_and_get_events(&ring_);
}

std::span<const ConnectResult> UringConnector::poll(TimePoint /*now*/) noexcept {
  if (in_kernel() > 0) {
    submit();
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      account(*cqe);
      ++seen;
    }
    io_uring_cq_advance(&ring_, seen);
  }
  return results_.lend();
}

void UringConnector::account(const io_uring_cqe& cqe) noexcept {
  const auto index = static_cast<std::uint32_t>(cqe.user_data >> 1);
  Slot& slot = slots_[index];
  ((cqe.user_data & 1) == kConnectPart ? slot.connect_result : slot.timeout_result) = cqe.res;
  if (--slot.completions_due > 0) return;
  results_.add(conclude_connect(slot.connect, errno_of(slot)));
  slot.connect.fd = Fd();
  free_.push_back(index);
}

}  // namespace

Result<std::unique_ptr<TcpConnector>> make_uring_connector() {
  const auto in_flight_max = claim_descriptors();
  if (!in_flight_max) return std::unexpected(in_flight_max.error());
  auto connector = std::make_unique<UringConnector>(*in_flight_max);
  if (auto made = connector->make_ring(); !made) return std::unexpected(made.error());
  return connector;
}

}  // namespace rollcall::recheck
