// What each hot function costs per item. build/release/bench/micro [--benchmark_filter=REGEX]

#include <benchmark/benchmark.h>

#include "capture/correlator.h"
#include "engine/base/random.h"
#include "engine/inventory/load.h"
#include "engine/inventory/scan_order.h"
#include "engine/packet/syn_template.h"
#include "engine/packet/wire_layout.h"
#include "scheduler/verdict/target_verdict.h"

namespace rollcall {
namespace {

constexpr std::uint64_t kSeed = 20260105;
const packet::CookieKey kKey({1, 2});
const packet::PortSchedule kPorts(kKey, packet::kDefaultPortBase);
const Address kSelf = Address::from_v4(0xc6130001);

// 131,072 addresses in groups of 256.
const inventory::TargetTable& fleet() {
  static const inventory::Inventory loaded =
      inventory::load_inventory(
          {.targets = {"10.0.0.0/15"}, .default_ports = {Port{80}}, .seed = kSeed})
          .value();
  return loaded.table;
}

TargetIndex random_target(Random& random) {
  return {random.below(fleet().size())};
}

void BM_Cookie(benchmark::State& state) {
  packet::FourTuple tuple{kSelf, Address::from_v4(0x0a000001), {61000}, {80}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(kKey.cookie(tuple, {7}));
    tuple.peer = tuple.peer.plus(1);
  }
}
BENCHMARK(BM_Cookie);

void BM_BuildSyn(benchmark::State& state) {
  const packet::SynTemplate syn(kSelf, packet::LinkHeader{});
  std::array<std::byte, packet::kFrameBytesMax> slot{};
  Random random(kSeed);
  for (auto _ : state) {
    const inventory::Target& target = fleet()[random_target(random)];
    const Port port = kPorts.self_port(target.address, target.port, {{7}, 0});
    const TcpSeq seq = kKey.cookie({kSelf, target.address, port, target.port}, {7});
    syn.emit(slot, {target.address, port, target.port, seq, 1});
    benchmark::DoNotOptimize(slot);
  }
}
BENCHMARK(BM_BuildSyn);

void BM_Find(benchmark::State& state) {
  Random random(kSeed);
  for (auto _ : state) {
    const inventory::Target& target = fleet()[random_target(random)];
    benchmark::DoNotOptimize(fleet().find(target.address, target.port));
  }
}
BENCHMARK(BM_Find);

// A SYN-ACK of `target` to attempt 0, as it arrives on Ethernet.
std::array<std::byte, 58> syn_ack_of(const inventory::Target& target) {
  std::array<std::byte, 58> frame{};
  const Port port = kPorts.self_port(target.address, target.port, {{7}, 0});
  packet::store_be<std::uint16_t>(&frame[12], packet::ethernet::kTypeV4);
  packet::store_be<std::uint8_t>(&frame[14], 0x45);
  packet::store_be<std::uint16_t>(&frame[16], 44);
  packet::store_be<std::uint8_t>(&frame[23], packet::ipv4::kProtocolTcp);
  packet::store_v4(&frame[26], target.address);
  packet::store_v4(&frame[30], kSelf);
  packet::store_be<std::uint16_t>(&frame[34], target.port.value);
  packet::store_be<std::uint16_t>(&frame[36], port.value);
  const TcpSeq cookie = kKey.cookie({kSelf, target.address, port, target.port}, {7});
  packet::store_be<std::uint32_t>(&frame[42], (cookie + 1).value);
  packet::store_be<std::uint8_t>(&frame[47], packet::tcp::kSyn | packet::tcp::kAckFlag);
  return frame;
}

void BM_ViewAndCorrelate(benchmark::State& state) {
  const capture::Correlator correlator(fleet(), kKey, kPorts, {7});
  Random random(kSeed);
  std::vector<std::array<std::byte, 58>> frames;
  for (int i = 0; i < 4096; ++i) frames.push_back(syn_ack_of(fleet()[random_target(random)]));
  std::size_t next = 0;
  for (auto _ : state) {
    const auto view =
        packet::view_frame(frames[next++ % frames.size()], packet::LinkType::kEthernet);
    const auto observation = correlator.correlate(*view, {});
    if (!observation) return state.SkipWithError("a genuine answer was rejected");
    benchmark::DoNotOptimize(observation);
  }
}
BENCHMARK(BM_ViewAndCorrelate);

void BM_Ring(benchmark::State& state) {
  capture::ObservationRing ring(65536);
  capture::Observation observation;
  for (auto _ : state) {
    ring.push(observation);
    ring.pop(observation);
  }
}
BENCHMARK(BM_Ring);

void BM_FoldAnOpenTarget(benchmark::State& state) {
  for (auto _ : state) {
    verdict::TargetState target;
    const Attempt attempt = verdict::begin_attempt(target);
    benchmark::DoNotOptimize(
        verdict::fold(target, verdict::Event::kSynAck, attempt, inventory::Expect::kOpen, {}));
  }
}
BENCHMARK(BM_FoldAnOpenTarget);

void BM_ScanOrder(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(inventory::scan_order(fleet(), kSeed));
  state.SetItemsProcessed(state.iterations() * fleet().size());
}
BENCHMARK(BM_ScanOrder)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rollcall
