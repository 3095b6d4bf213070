#include "cli/bench/send_bench.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <thread>

#include "cli/bench/host.h"
#include "cli/process/privileges.h"
#include "engine/base/random.h"
#include "engine/packet/cookie.h"
#include "engine/packet/port_schedule.h"
#include "engine/packet/syn_template.h"
#include "engine/send/pacer.h"

namespace rollcall::bench {
namespace {

constexpr Duration kBackOff = std::chrono::microseconds(100);
constexpr Epoch kEpoch{0};

// The frame counts of one thread.
struct Tally {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
};

// Builds the frames of one thread and submits them to its sink.
class Stream {
 public:
  Stream(const SendTrial& trial, send::PacketSink& sink, std::size_t first, std::size_t stride)
      : trial_(trial),
        sink_(sink),
        next_(first),
        stride_(stride),
        syn_(template_of(trial.hop, sink)),
        key_(packet::CookieKey::random()),
        ports_(key_, packet::kDefaultPortBase),
        slots_(trial.batch) {}

  void send_batch(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) build(i);
    const send::SendReport report = sink_.submit(std::span(frames_).first(count));
    const auto taken = static_cast<std::size_t>(std::popcount(report.accepted));
    tally_.accepted += taken;
    tally_.refused += count - taken;
    if (report.sys_errno != 0) std::this_thread::sleep_for(kBackOff);
  }
  const Tally& tally() const { return tally_; }

 private:
  static packet::SynTemplate template_of(const send::NextHop& hop, const send::PacketSink& sink) {
    if (!sink.takes_link_header()) return {hop.self, std::nullopt};
    return {hop.self, packet::LinkHeader{hop.gateway_mac, hop.self_mac}};
  }

  void build(std::size_t i) {
    const ScanIndex place = trial_.targets[next_ % trial_.targets.size()];
    const inventory::Target& target = trial_.table.at(place);
    next_ += stride_;
    const Port self_port = ports_.self_port(target.port_phase, {kEpoch, 0});
    const packet::FourTuple tuple{trial_.hop.self, target.address, self_port, target.port};
    syn_.emit(slots_[i], {.peer = target.address,
                          .self_port = self_port,
                          .peer_port = target.port,
                          .seq = packet::seq_of(key_.cookie(tuple, kEpoch), place),
                          .ip_id = static_cast<std::uint16_t>(random_())});
    frames_[i] = std::span(slots_[i]).first(syn_.frame_bytes());
  }

  const SendTrial& trial_;
  send::PacketSink& sink_;
  std::size_t next_;
  std::size_t stride_;
  packet::SynTemplate syn_;
  packet::CookieKey key_;
  packet::PortSchedule ports_;
  Random random_{random_seed()};
  std::vector<std::array<std::byte, packet::kFrameBytesMax>> slots_;
  std::array<send::Frame, send::kBatchMax> frames_;
  Tally tally_;
};

void send_until(TimePoint end, Stream& stream, const SendTrial& trial, PacketRate rate) {
  const SystemClock clock;
  send::Pacer pacer(rate, clock.now());
  for (TimePoint now = clock.now(); now < end && !trial.interrupted(); now = clock.now()) {
    const send::Pacer::Allowance allowance = pacer.allowance(now);
    const std::size_t count = std::min<std::size_t>(allowance.count, trial.batch);
    if (count == 0) {
      std::this_thread::sleep_for(std::min(allowance.next_wake, end) - now);
      continue;
    }
    pacer.spend(static_cast<std::uint32_t>(count));
    stream.send_batch(count);
  }
}

struct Counters {
  explicit Counters(const std::string& interface)
      : sent(interface_counter(interface, "tx_packets")),
        drops(interface_counter(interface, "tx_dropped")),
        cpu(read_cpu_times()) {}
  std::uint64_t sent;
  std::uint64_t drops;
  CpuTimes cpu;
};

}  // namespace

SendFigures measure_send(const SendTrial& trial,
                         std::vector<std::unique_ptr<send::PacketSink>> sinks) {
  const SystemClock clock;
  std::vector<Stream> streams;
  streams.reserve(sinks.size());
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    streams.emplace_back(trial, *sinks[i], i, sinks.size());
  }
  const PacketRate each{trial.rate.per_second / static_cast<double>(sinks.size())};
  const Counters before(trial.hop.interface);
  const TimePoint start = clock.now();
  {
    std::vector<std::jthread> threads;
    threads.reserve(streams.size());
    for (Stream& stream : streams) {
      threads.emplace_back([&] {
        cli::drop_all();
        send_until(start + trial.time, stream, trial, each);
      });
    }
  }
  const std::chrono::duration<double> took = clock.now() - start;
  const Counters after(trial.hop.interface);

  SendFigures figures{.lane = std::string(sinks.front()->lane()),
                      .batch = trial.batch,
                      .threads = static_cast<unsigned>(sinks.size()),
                      .tx_drops = after.drops - before.drops,
                      .cpu = after.cpu - before.cpu};
  for (const Stream& stream : streams) {
    figures.frames += stream.tally().accepted;
    figures.refused += stream.tally().refused;
  }
  figures.accepted_pps = static_cast<double>(figures.frames) / took.count();
  figures.sent_pps = static_cast<double>(after.sent - before.sent) / took.count();
  return figures;
}

}  // namespace rollcall::bench
