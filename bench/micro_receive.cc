// Benchmarks of the receiving side: frame view, look-up, correlation, and the observation ring.

#include <algorithm>
#include <array>

#include "bench/micro_fleet.h"
#include "capture/correlator.h"
#include "engine/packet/wire_layout.h"

namespace rollcall::bench {
namespace {

using Reply = std::array<std::byte, 58>;

// A SYN-ACK of `target` to attempt 0, as it arrives on Ethernet.
Reply syn_ack_of(const inventory::Target& target) {
  Reply frame{};
  const Port port = kPorts.self_port(target.port_phase, {kEpoch, 0});
  packet::store_be<std::uint16_t>(&frame[12], packet::ethernet::kTypeV4);
  packet::store_be<std::uint8_t>(&frame[14], 0x45);
  packet::store_be<std::uint16_t>(&frame[16], 44);
  packet::store_be<std::uint8_t>(&frame[23], packet::ipv4::kProtocolTcp);
  packet::store_v4(&frame[26], target.address);
  packet::store_v4(&frame[30], kSelf);
  packet::store_be<std::uint16_t>(&frame[34], target.port.value);
  packet::store_be<std::uint16_t>(&frame[36], port.value);
  const TcpSeq seq = packet::seq_of(kKey.cookie({kSelf, target.address, port, target.port}, kEpoch),
                                    fleet().place_of(target.index));
  packet::store_be<std::uint32_t>(&frame[42], (seq + 1).value);
  packet::store_be<std::uint8_t>(&frame[46], 0x60);
  packet::store_be<std::uint8_t>(&frame[47], packet::tcp::kSyn | packet::tcp::kAckFlag);
  return frame;
}

const std::vector<Reply>& replies() {
  static const std::vector<Reply> frames = [] {
    std::vector<Reply> made;
    for (std::size_t i = 0; i < 4096; ++i) made.push_back(syn_ack_of(fleet()[random_target(i)]));
    return made;
  }();
  return frames;
}

void find(benchmark::State& state, bool known) {
  const std::uint32_t away = known ? 0 : 0x01000000;
  std::size_t turn = 0;
  for (auto _ : state) {
    const inventory::Target& target = fleet()[random_target(turn++)];
    const auto found = fleet().find(target.address.plus(away), target.port);
    if (found.has_value() != known) return state.SkipWithError("found what is not there, or not");
    benchmark::DoNotOptimize(found);
  }
  tell_cost(state);
}
BENCHMARK_CAPTURE(find, hit, true);
BENCHMARK_CAPTURE(find, miss, false);

void view(benchmark::State& state) {
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto view =
        packet::view_frame(replies()[turn++ % replies().size()], packet::LinkType::kEthernet);
    if (!view) return state.SkipWithError("a genuine answer was rejected");
    benchmark::DoNotOptimize(view);
  }
  tell_cost(state);
}
BENCHMARK(view);

void correlate(benchmark::State& state) {
  const capture::Correlator correlator(fleet(), kKey, kPorts, kEpoch);
  std::vector<packet::FrameView> views;
  for (const Reply& reply : replies()) {
    views.push_back(packet::view_frame(reply, packet::LinkType::kEthernet).value());
  }
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto observation = correlator.correlate(views[turn++ % views.size()], {});
    if (!observation) return state.SkipWithError("a genuine answer was rejected");
    benchmark::DoNotOptimize(observation);
  }
  tell_cost(state);
}
BENCHMARK(correlate);

// The cost of a forged flood: right port and target, wrong cookie.
void reject_forged(benchmark::State& state) {
  const capture::Correlator correlator(fleet(), kKey, kPorts, kEpoch);
  std::vector<Reply> forged = replies();
  for (Reply& frame : forged) frame[42] ^= std::byte{1};
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto view =
        packet::view_frame(forged[turn++ % forged.size()], packet::LinkType::kEthernet);
    const auto observation = correlator.correlate(*view, {});
    if (observation) return state.SkipWithError("a forged answer was accepted");
    benchmark::DoNotOptimize(observation);
  }
  tell_cost(state);
}
BENCHMARK(reject_forged);

void view_and_correlate(benchmark::State& state) {
  const capture::Correlator correlator(fleet(), kKey, kPorts, kEpoch);
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto view =
        packet::view_frame(replies()[turn++ % replies().size()], packet::LinkType::kEthernet);
    benchmark::DoNotOptimize(correlator.correlate(*view, {}));
  }
  tell_cost(state);
}
BENCHMARK(view_and_correlate);

// Pushes and pops on one thread, in batches of the scheduler's size.
void ring(benchmark::State& state) {
  capture::ObservationRing ring(65536);
  std::array<capture::Observation, 64> batch{};
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    ring.push(batch.data(), count);
    ring.pop(batch.data(), count);
    benchmark::ClobberMemory();
  }
  tell_cost(state, static_cast<double>(count));
}
BENCHMARK(ring)->Arg(1)->Arg(64);

}  // namespace
}  // namespace rollcall::bench
