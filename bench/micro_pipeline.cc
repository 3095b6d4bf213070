// Benchmark of a whole sweep through our own code on one core: scheduler, sender and capture as in
// cli/run/run_sweep.cc. A simulated network replaces the kernel and answers each SYN by a SYN-ACK.
//
//   Sweep ──ProbeRing──> Sender ──> Mirror (turns frames around) ──> CaptureLoop ──> Sweep
//
// The column per_item is the total cost of a probe and its reply. `offer_and_fold`, `build` and
// `correlate` are the parts of the three threads, in CPU time. No column includes the time to turn
// the frames around.

#include <malloc.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>

#include "bench/micro_fleet.h"
#include "capture/capture_loop.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/sender.h"
#include "scheduler/sweep/sweep.h"

namespace rollcall::bench {
namespace {

using packet::tcp::kAck;
using packet::tcp::kFlags;
using packet::tcp::kSeq;
using Slot = std::array<std::byte, packet::kFrameBytesMax>;

constexpr std::size_t kIp = packet::ethernet::kBytes;
constexpr std::size_t kTcp = kIp + packet::ipv4::kBytesMin;

void turn_around(std::span<std::byte> frame) {
  std::byte* const ip = &frame[kIp];
  std::byte* const tcp = &frame[kTcp];
  const auto ack = packet::load_be<std::uint32_t>(tcp + kSeq) + 1;
  std::swap_ranges(ip + packet::ipv4::kSource, ip + packet::ipv4::kDestination,
                   ip + packet::ipv4::kDestination);
  std::swap_ranges(tcp, tcp + 2, tcp + 2);
  packet::store_be<std::uint32_t>(tcp + kAck, ack);
  packet::store_be<std::uint8_t>(tcp + kFlags, packet::tcp::kSyn | packet::tcp::kAckFlag);
}

// Both ends of the wire: a sink of SYNs and a source of their replies. Used by one thread.
struct Mirror {
  std::vector<Slot> slots = std::vector<Slot>(send::kProbesOutstandingMax);
  std::vector<std::size_t> bytes = std::vector<std::size_t>(send::kProbesOutstandingMax);
  std::size_t waiting = 0;

  void turn_all_around() {
    for (std::size_t i = 0; i < waiting; ++i) turn_around(slots[i]);
  }
};

class MirrorSink final : public send::PacketSink {
 public:
  explicit MirrorSink(Mirror& mirror) : mirror_(mirror) {}

  send::SendReport submit(std::span<const send::Frame> batch) noexcept override {
    for (const send::Frame& frame : batch) {
      std::ranges::copy(frame, mirror_.slots[mirror_.waiting].begin());
      mirror_.bytes[mirror_.waiting++] = frame.size();
    }
    return {send::first_bits(batch.size()), 0};
  }
  bool takes_link_header() const noexcept override { return true; }
  std::string_view lane() const noexcept override { return "mirror"; }

 private:
  Mirror& mirror_;
};

class MirrorSource final : public capture::PacketSource {
 public:
  MirrorSource(Mirror& mirror, const Clock& clock) : mirror_(mirror), clock_(clock) {}

  bool dispatch(capture::FrameHandler& handler) noexcept override {
    const WallTime at = clock_.wall();
    for (std::size_t i = 0; i < mirror_.waiting; ++i) {
      handler.on_frame(std::span(mirror_.slots[i]).first(mirror_.bytes[i]),
                       packet::LinkType::kEthernet, at);
    }
    mirror_.waiting = 0;
    return true;
  }
  int wait_fd() const noexcept override { return ready_.get(); }
  capture::SourceStats stats() noexcept override { return {}; }
  std::string failure() const override { return ""; }

 private:
  Mirror& mirror_;
  const Clock& clock_;
  Fd ready_{::eventfd(1, 0)};
};

class NoConnects final : public recheck::TcpConnector {
 public:
  std::uint32_t in_flight_max() const noexcept override { return 1; }
  std::uint32_t in_flight() const noexcept override { return 0; }
  void start(const recheck::ConnectRequest&) noexcept override {}
  std::span<const recheck::ConnectResult> poll(TimePoint) noexcept override { return {}; }
};

struct Spent {
  Duration scheduler{};
  Duration sender{};
  Duration capture{};
};

inventory::TargetTable fleet_of(std::uint32_t targets) {
  const Address last = Address::from_v4(0x0a000000 + targets - 1);
  return std::move(
      inventory::load_inventory(
          {.targets = {"10.0.0.0-" + last.to_string()}, .default_ports = {Port{80}}, .seed = kSeed})
          .value()
          .table);
}

// CPU time of this thread: other threads on the same core do not count.
Duration cpu_time() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + Duration(spent.tv_nsec);
}

template <typename Work>
void timed(Duration& sum, const Work& work) {
  const Duration start = cpu_time();
  work();
  sum += cpu_time() - start;
}

// Every target answers the first SYN.
void sweep_once(const inventory::TargetTable& table, Spent& spent) {
  constexpr PacketRate kUnlimited{1e9};
  constexpr PacketRate kRate{300'000};  // the scheduler keeps 10 ms of it ahead of the sender
  const SystemClock clock;
  const send::RoutePlan routes({{.self = kSelf, .gateway = kSelf, .ethernet = true}}, {}, {});
  send::ProbeRing requests(send::kProbesOutstandingMax);
  send::NoticeRing notices(send::kProbesOutstandingMax);
  capture::ObservationRing observations(65536);
  NoConnects connector;
  Mirror mirror;
  std::vector<std::unique_ptr<send::PacketSink>> sinks;
  sinks.push_back(std::make_unique<MirrorSink>(mirror));
  send::Sender sender({.table = table,
                       .routes = routes,
                       .sinks = std::move(sinks),
                       .sink_of_hop = {0},
                       .key = kKey,
                       .ports = kPorts,
                       .rate = kUnlimited,
                       .requests = requests,
                       .notices = notices,
                       .clock = clock});
  std::vector<std::unique_ptr<capture::PacketSource>> sources;
  sources.push_back(std::make_unique<MirrorSource>(mirror, clock));
  const capture::Correlator correlator(table, kKey, kPorts, kEpoch);
  capture::CaptureLoop capture(std::move(sources), correlator, observations, clock);
  sweep::Sweep sweep({table, routes, requests, notices, observations, connector},
                     {.epoch = kEpoch, .rate = kRate, .group_rate = kUnlimited}, clock.now());

  while (!sweep.done()) {
    timed(spent.scheduler, [&] { sweep.step(clock.now()); });
    timed(spent.sender, [&] {
      while (requests.read_available() > 0) sender.step();
    });
    mirror.turn_all_around();
    timed(spent.capture, [&] { capture.step(); });
  }
  ROLLCALL_CHECK(sweep.progress().answering == table.size());
}

void probe_and_reply(benchmark::State& state) {
  // The process keeps its memory, so that the kernel's work for fresh pages is not measured.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  const auto targets = static_cast<std::uint32_t>(state.range(0));
  const inventory::TargetTable table = fleet_of(targets);
  Spent spent;
  for (auto _ : state) {
    const Duration before = spent.scheduler + spent.sender + spent.capture;
    sweep_once(table, spent);
    const std::chrono::duration<double> took =
        spent.scheduler + spent.sender + spent.capture - before;
    state.SetIterationTime(took.count());
  }
  tell_cost(state, targets);
  const auto share = [&](Duration duration) {
    const double items = static_cast<double>(state.iterations()) * targets;
    return std::chrono::duration<double>(duration).count() / items;
  };
  state.counters["offer_and_fold"] = share(spent.scheduler);
  state.counters["build"] = share(spent.sender);
  state.counters["correlate"] = share(spent.capture);
}
BENCHMARK(probe_and_reply)
    ->Arg(10'000)
    ->Arg(131'072)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rollcall::bench
