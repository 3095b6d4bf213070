#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "scheduler/recheck/connect_socket.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::recheck {
namespace {

constexpr TimePoint kNever = TimePoint::max();

struct Slot {
  ConnectUnderWay connect;
  Duration timeout{};
};

class EpollConnector final : public TcpConnector {
 public:
  EpollConnector(Fd epoll, std::uint32_t in_flight_max)
      : epoll_(std::move(epoll)),
        slots_(in_flight_max),
        deadlines_(in_flight_max, kNever),
        results_(in_flight_max) {
    unsent_.reserve(in_flight_max);
    free_.reserve(in_flight_max);
    for (std::uint32_t i = in_flight_max; i > 0; --i) free_.push_back(i - 1);
  }

  std::uint32_t in_flight_max() const noexcept override {
    return static_cast<std::uint32_t>(slots_.size());
  }
  std::uint32_t in_flight() const noexcept override {
    return static_cast<std::uint32_t>(slots_.size() - free_.size()) + results_.size();
  }
  void start(const ConnectRequest& request) noexcept override;
  std::span<const ConnectResult> poll(TimePoint now) noexcept override;

 private:
  void connect(std::uint32_t index, TimePoint now) noexcept;
  void look(std::uint32_t index, std::uint32_t events) noexcept;
  void reap() noexcept;
  void expire(TimePoint now) noexcept;
  void finish(std::uint32_t index, int sys_errno) noexcept;

  Fd epoll_;
  std::vector<Slot> slots_;
  // By slot; kNever for a slot without a connect in progress. Timeouts differ, so a FIFO does not
  // keep their order. For 4,096 slots a scan, done only once a deadline may have passed, costs less
  // than a heap that supports removal.
  std::vector<TimePoint> deadlines_;
  TimePoint earliest_ = kNever;  // no deadline is before it
  std::vector<std::uint32_t> unsent_;
  std::vector<std::uint32_t> free_;
  ResultBuffer results_;
};

void EpollConnector::start(const ConnectRequest& request) noexcept {
  ROLLCALL_DCHECK(in_flight() < in_flight_max());
  ROLLCALL_DCHECK(request.timeout > Duration::zero());
  auto fd = open_connect_socket(request, Blocking::kNo);
  if (!fd) {
    results_.add({request.target, ConnectOutcome::kLocalError, fd.error()});
    return;
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  slots_[index] = {{*std::move(fd), request.target,
                    to_socket_address(request.peer, request.peer_port), request.check_far_end},
                   request.timeout};
  unsent_.push_back(index);
}

std::span<const ConnectResult> EpollConnector::poll(TimePoint now) noexcept {
  for (const std::uint32_t index : unsent_) connect(index, now);
  unsent_.clear();
  reap();
  if (now >= earliest_) expire(now);
  return results_.lend();
}

void EpollConnector::connect(std::uint32_t index, TimePoint now) noexcept {
  const Slot& slot = slots_[index];
  if (::connect(slot.connect.fd.get(), &slot.connect.peer.generic, slot.connect.peer.length) == 0)
    return finish(index, 0);
  if (errno != EINPROGRESS) return finish(index, errno);

  epoll_event interest{.events = EPOLLOUT, .data = {.u32 = index}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, slot.connect.fd.get(), &interest) != 0) {
    // ENOSPC: fs.epoll.max_user_watches is reached. It is a limit of this host, as ENOMEM is.
    return finish(index, errno == ENOSPC ? ENOBUFS : errno);
  }
  deadlines_[index] = now + slot.timeout;
  earliest_ = std::min(earliest_, deadlines_[index]);
}

// A second connect(2) returns the state: "established", "still connecting" or the error. SO_ERROR
// would also return (and clear) a soft error while the connect continues.
void EpollConnector::look(std::uint32_t index, std::uint32_t events) noexcept {
  const Slot& slot = slots_[index];
  if (::connect(slot.connect.fd.get(), &slot.connect.peer.generic, slot.connect.peer.length) == 0 ||
      errno == EISCONN) {
    return finish(index, 0);
  }
  // "Still connecting" with EPOLLERR: an ICMP error reached the socket while connect(2) held it.
  const bool goes_on = errno == EALREADY && (events & EPOLLERR) == 0;
  if (!goes_on) finish(index, errno);
}

void EpollConnector::reap() noexcept {
  std::array<epoll_event, 256> events;
  // The number of rounds is bounded: each event ends its connect, except rare wake-ups that recur.
  for (std::size_t rounds = slots_.size() / events.size() + 1; rounds > 0; --rounds) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      look(event.data.u32, event.events);
    }
    if (count < static_cast<int>(events.size())) return;
  }
}

void EpollConnector::expire(TimePoint now) noexcept {
  earliest_ = kNever;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (deadlines_[index] <= now) {
      finish(index, ETIMEDOUT);
    } else {
      earliest_ = std::min(earliest_, deadlines_[index]);
    }
  }
}

void EpollConnector::finish(std::uint32_t index, int sys_errno) noexcept {
  Slot& slot = slots_[index];
  results_.add(conclude_connect(slot.connect, sys_errno));
  slot.connect.fd = Fd();  // closing the last descriptor removes it from the epoll set
  deadlines_[index] = kNever;
  free_.push_back(index);
}

}  // namespace

Result<std::unique_ptr<TcpConnector>> make_epoll_connector() {
  const auto in_flight_max = claim_descriptors();
  if (!in_flight_max) return std::unexpected(in_flight_max.error());
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(ErrorCode::kSystem, "cannot make an epoll set for rechecks", errno);
  return std::make_unique<EpollConnector>(std::move(epoll), *in_flight_max);
}

}  // namespace rollcall::recheck
