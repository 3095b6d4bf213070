#include "engine/send/sender.h"

#include <sys/prctl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <ctime>

#include "engine/base/error.h"

namespace rollcall::send {
namespace {

using std::chrono::microseconds;

constexpr Duration kIdleWait = microseconds(200);  // no request is waiting
constexpr Duration kBackOff = microseconds(100);   // a full transmit queue drains in about this
constexpr Duration kPatience = std::chrono::seconds(1);

packet::SynTemplate template_of(const NextHop& hop, const PacketSink& sink) {
  if (!sink.takes_link_header()) return {hop.self, std::nullopt};
  return {hop.self, packet::LinkHeader{hop.gateway_mac, hop.self_mac}};
}

void sleep_for(Duration duration) {
  const timespec ts{.tv_sec = duration / std::chrono::seconds(1),
                    .tv_nsec = (duration % std::chrono::seconds(1)).count()};
  nanosleep(&ts, nullptr);
}

}  // namespace

Refusal classify_send_errno(int sys_errno) noexcept {
  switch (sys_errno) {
    case EAGAIN:   // the socket's send buffer is full
    case ENOBUFS:  // the transmit queue is full (packet_snd: net_xmit_errno), or no skb
    case ENOMEM:
    case EINTR:
    case EBUSY:
      return Refusal::kBackOff;
    case ENETDOWN:  // the interface went down; it may come back within kPatience
      return Refusal::kBackOff;
    case ENXIO:         // the interface is gone
    case EPERM:         // a local firewall dropped it (raw IP), or a capability was withdrawn
    case EACCES:        // prohibited route, or broadcast
    case EHOSTUNREACH:  // raw IP: the neighbour does not resolve
    case ENETUNREACH:   // raw IP: the route was withdrawn
    case EMSGSIZE:
    case EINVAL:
    default:
      return Refusal::kGiveUp;
  }
}

Sender::Sender(Setup setup)
    : table_(setup.table),
      routes_(setup.routes),
      lanes_(setup.sinks.size()),
      lane_of_hop_(std::move(setup.sink_of_hop)),
      key_(setup.key),
      ports_(setup.ports),
      scope_(std::move(setup.scope)),
      rate_(setup.rate.per_second),
      pacer_(setup.rate, setup.clock.now()),
      random_(random_seed()),
      requests_(setup.requests),
      notices_(setup.notices),
      clock_(setup.clock) {
  ROLLCALL_CHECK(lane_of_hop_.size() == routes_.hops().size());
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].sink = std::move(setup.sinks[i]);
    lanes_[i].slots.resize(kBatchMax);
  }
  for (std::size_t i = 0; i < lane_of_hop_.size(); ++i) {
    templates_.push_back(template_of(routes_.hops()[i], *lanes_[lane_of_hop_[i]].sink));
  }
}

TimePoint Sender::step() {
  const TimePoint now = clock_.now();
  heartbeat_.beat(now);
  if (const PacketRate rate{rate_.load(std::memory_order_relaxed)}; rate != pacer_.rate()) {
    pacer_.set_rate(rate);
  }
  const Pacer::Allowance allowance = pacer_.allowance(now);
  if (allowance.count == 0) return allowance.next_wake;
  const std::size_t pulled = pull(allowance.count);
  if (pulled == 0) return now + kIdleWait;
  for (std::size_t i = 0; i < pulled; ++i) build(pulled_[i]);
  for (Lane& lane : lanes_) {
    if (lane.count > 0) flush(lane);
  }
  return now;
}

std::size_t Sender::pull(std::uint32_t allowance) {
  const std::size_t want = std::min<std::size_t>(allowance, kBatchMax);
  const std::size_t pulled = requests_.pop(pulled_.data(), want);
  pacer_.spend(static_cast<std::uint32_t>(pulled));
  return pulled;
}

void Sender::build(const ProbeRequest& request) {
  ROLLCALL_CHECK(request.target.value < table_.size_with_canaries());
  const inventory::Target& target = table_.at(request.target);
  if (!scope_.allows(target.address)) return refuse(request);
  const std::uint16_t hop_index = routes_.hop_of(request.target);
  ROLLCALL_CHECK(hop_index < templates_.size());  // targets without a hop are never requested
  Lane& lane = lanes_[lane_of_hop_[hop_index]];
  const packet::SynTemplate& syn = templates_[hop_index];

  const Port self_port = ports_.self_port(target.port_phase, {request.epoch, request.attempt});
  const packet::FourTuple tuple{routes_.hops()[hop_index].self, target.address, self_port,
                                target.port};
  auto& slot = lane.slots[lane.count];
  syn.emit(slot, {.peer = target.address,
                  .self_port = self_port,
                  .peer_port = target.port,
                  .seq = packet::seq_of(key_.cookie(tuple, request.epoch), request.target),
                  .ip_id = static_cast<std::uint16_t>(random_())});
  lane.frames[lane.count] = std::span(slot).first(syn.frame_bytes());
  lane.requests[lane.count] = request;
  ++lane.count;
}

void Sender::refuse(const ProbeRequest& request) {
  counters_.out_of_scope.add();
  counters_.not_sent.add();
  const SentNotice notice{clock_.now(), request.target, request.attempt, false};
  ROLLCALL_CHECK(notices_.push(&notice, 1) == 1);
}

// Submits the lane's frames until each is taken or given up.
void Sender::flush(Lane& lane) {
  std::uint64_t pending = first_bits(lane.count);
  const TimePoint give_up_at = clock_.now() + kPatience;
  while (pending != 0) {
    const TimePoint at = clock_.now();
    heartbeat_.beat(at);
    const SendReport report = submit_pending(lane, pending);
    give_notice(lane, report.accepted, at, true);
    pending &= ~report.accepted;
    if (report.accepted != 0) lane.stuck = false;
    if (report.sys_errno == 0) continue;
    counters_.refusals.add();
    if (classify_send_errno(report.sys_errno) == Refusal::kGiveUp) {
      // The errno belongs to the first frame not taken; the kernel has not judged the later ones.
      const std::uint64_t first = pending & -pending;
      give_notice(lane, first, at, false);
      pending &= ~first;
    } else if (lane.stuck || at >= give_up_at) {
      lane.stuck = true;
      give_notice(lane, pending, at, false);
      pending = 0;
    } else {
      sleep_for(kBackOff);
    }
  }
  lane.count = 0;
}

// Submits the pending frames of a lane; bits of the report are positions in the lane.
SendReport Sender::submit_pending(Lane& lane, std::uint64_t pending) {
  if (pending == first_bits(lane.count)) {
    return lane.sink->submit(std::span(lane.frames).first(lane.count));
  }
  std::array<Frame, kBatchMax> batch;
  std::array<int, kBatchMax> position{};
  std::size_t count = 0;
  for (std::uint64_t rest = pending; rest != 0; rest &= rest - 1) {
    position[count] = std::countr_zero(rest);
    batch[count] = lane.frames[static_cast<std::size_t>(position[count])];
    ++count;
  }
  const SendReport report = lane.sink->submit(std::span(batch).first(count));
  SendReport in_lane{0, report.sys_errno};
  for (std::uint64_t rest = report.accepted; rest != 0; rest &= rest - 1) {
    in_lane.accepted |= std::uint64_t{1}
                        << position[static_cast<std::size_t>(std::countr_zero(rest))];
  }
  return in_lane;
}

void Sender::give_notice(const Lane& lane, std::uint64_t which, TimePoint at, bool sent) {
  std::array<SentNotice, kBatchMax> batch;
  std::size_t count = 0;
  for (std::uint64_t rest = which; rest != 0; rest &= rest - 1) {
    const ProbeRequest& request = lane.requests[static_cast<std::size_t>(std::countr_zero(rest))];
    batch[count++] = {at, request.target, request.attempt, sent};
  }
  (sent ? counters_.sent : counters_.not_sent).add(count);
  ROLLCALL_CHECK(notices_.push(batch.data(), count) == count);
}

void Sender::run(const std::stop_token& stop) {
  prctl(PR_SET_NAME, "rc-send");
  prctl(PR_SET_TIMERSLACK, 1UL);  // the default 50 us would cost half the rate's precision
  while (!stop.stop_requested()) {
    const TimePoint wake = step();
    const Duration wait = std::min<Duration>(wake - clock_.now(), std::chrono::milliseconds(10));
    if (wait > Duration::zero()) sleep_for(wait);
  }
}

}  // namespace rollcall::send
