// Benchmarks of the sending side: cookie, source port, frame, pacing.

#include <array>

#include "bench/micro_fleet.h"
#include "engine/packet/syn_template.h"
#include "engine/send/pacer.h"

namespace rollcall::bench {
namespace {

void cookie(benchmark::State& state, const Address& self, Address peer) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(kKey.cookie({self, peer, {61000}, {80}}, kEpoch));
    peer = peer.plus(1);
  }
  tell_cost(state);
}
BENCHMARK_CAPTURE(cookie, v4, kSelf, Address::from_v4(0x0a000001));
BENCHMARK_CAPTURE(cookie, v6, kSelf6, kSelf6.plus(0x10000));

// Patches only: addresses, ports, sequence number, both checksums.
void frame_patch(benchmark::State& state, const Address& self, Address peer) {
  const packet::SynTemplate syn(self, packet::LinkHeader{});
  std::array<std::byte, packet::kFrameBytesMax> slot{};
  std::uint32_t seq = 0;
  for (auto _ : state) {
    syn.emit(slot, {peer, {61000}, {80}, {++seq}, 1});
    benchmark::DoNotOptimize(slot);
    peer = peer.plus(1);
  }
  tell_cost(state);
}
BENCHMARK_CAPTURE(frame_patch, v4, kSelf, Address::from_v4(0x0a000001));
BENCHMARK_CAPTURE(frame_patch, v6, kSelf6, kSelf6.plus(0x10000));

// All work of the sender for one probe of a random target, without the system call.
void build_syn(benchmark::State& state) {
  const packet::SynTemplate syn(kSelf, packet::LinkHeader{});
  std::array<std::byte, packet::kFrameBytesMax> slot{};
  std::size_t turn = 0;
  for (auto _ : state) {
    const inventory::Target& target = fleet()[random_target(turn++)];
    const Port port = kPorts.self_port(target.port_phase, {kEpoch, 0});
    const TcpSeq seq =
        packet::seq_of(kKey.cookie({kSelf, target.address, port, target.port}, kEpoch),
                       fleet().place_of(target.index));
    syn.emit(slot, {target.address, port, target.port, seq, 1});
    benchmark::DoNotOptimize(slot);
  }
  tell_cost(state);
}
BENCHMARK(build_syn);

// The sender calls the pacer once a batch.
void pacer(benchmark::State& state) {
  TimePoint now{};
  send::Pacer pacer({1e6}, now);
  for (auto _ : state) {
    now += std::chrono::microseconds(64);
    const auto allowance = pacer.allowance(now);
    pacer.spend(allowance.count);
    benchmark::DoNotOptimize(allowance);
  }
  tell_cost(state);
}
BENCHMARK(pacer);

}  // namespace
}  // namespace rollcall::bench
