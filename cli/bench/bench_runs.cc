#include "cli/bench/bench_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "cli/bench/loop_bench.h"
#include "cli/bench/network/bench_network.h"
#include "cli/bench/recheck_bench.h"
#include "cli/bench/send_bench.h"
#include "cli/doctor/host_facts.h"
#include "cli/run/lanes.h"
#include "engine/base/text/words.h"
#include "engine/inventory/load.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::cli {
namespace {

using bench::FarEnd;
using bench::LoopStep;
using bench::Report;
using inventory::TargetTable;

// In a BenchNetwork: enough targets to keep all lanes and connects busy. Making the table takes
// 0.2 s.
constexpr std::uint64_t kLabTargets = 1 << 18;
constexpr Duration kConnectTimeout = std::chrono::seconds(3);
constexpr double kLoopLowest = 25000;  // the lowest rate in a BenchNetwork
constexpr double kOwnRates = 16;       // on the operator's targets: start at 1/16 of the rate

Result<inventory::Inventory> lab_fleet(std::uint64_t targets, std::uint64_t seed) {
  const Address first = bench::kLabPrefix.network;
  const AddressRange range{first, first.plus(targets - 1)};
  return inventory::load_inventory(
      {.targets = {range.to_string()}, .default_ports = {bench::kLabPort}, .seed = seed});
}

// The targets of a measurement: the operator's, or those of a BenchNetwork that it owns.
struct BenchSetup {
  std::unique_ptr<bench::BenchNetwork> lab;
  std::optional<inventory::Inventory> lab_targets;
  const TargetTable* named = nullptr;

  static Result<BenchSetup> make(const BenchRequest& request, FarEnd far_end) {
    BenchSetup setup{.named = request.table};
    if (request.table != nullptr) return setup;
    auto lab = bench::BenchNetwork::raise(far_end);
    if (!lab) return std::unexpected(lab.error());
    setup.lab = std::move(*lab);
    auto fleet = lab_fleet(kLabTargets, request.sweep.seed);
    if (!fleet) return std::unexpected(fleet.error());
    setup.lab_targets = std::move(*fleet);
    return setup;
  }
  const TargetTable& targets() const { return named != nullptr ? *named : lab_targets->table; }
};

std::string far_end_text(const BenchRequest& request, const char* lab_answers) {
  if (request.table == nullptr) return fmt::format("a lab of its own, {}", lab_answers);
  return counted(request.table->size(), "named target");
}

void add_once(std::vector<std::string>& texts, const std::string& text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

// Adds the interface, the far end and the interfaces with RPS to the report. It reads RPS here,
// because the interfaces of a BenchNetwork are visible only inside it.
void note_setup(const BenchRequest& request, const send::RoutePlan& routes, const char* answers,
                Report& report) {
  const std::vector<std::string> interfaces = interfaces_of(routes);
  report.interface = interfaces.front();
  report.host.steered = doctor::read_steering_facts(interfaces).steered;
  const std::string text = far_end_text(request, answers);
  if (report.far_end.find(text) != std::string::npos) return;
  report.far_end += (report.far_end.empty() ? "" : "; ") + text;
}

std::unexpected<Error> interrupted() {
  return fail(ErrorCode::kSystem, "interrupted; nothing is reported of half a measurement");
}

// ---- send

struct SendSetting {
  LaneChoice lane;
  const char* lane_name;
  std::size_t batch;
  unsigned threads;
};

std::vector<SendSetting> send_settings(LaneChoice choice, unsigned cpus) {
  std::vector<SendSetting> settings;
  for (const auto& [lane, name] :
       {std::pair{LaneChoice::kUring, "io_uring"}, std::pair{LaneChoice::kSendmmsg, "sendmmsg"},
        std::pair{LaneChoice::kIp, "ip"}}) {
    if (choice != LaneChoice::kAuto && choice != lane) continue;
    for (const std::size_t batch : {std::size_t{1}, std::size_t{16}, send::kBatchMax}) {
      settings.push_back({lane, name, batch, 1});
    }
    if (cpus > 1) settings.push_back({lane, name, send::kBatchMax, cpus});
  }
  return settings;
}

// One sink for each thread, all through the plan's only hop. Empty if that hop cannot use the lane.
Result<std::vector<std::unique_ptr<send::PacketSink>>> open_sinks(const send::RoutePlan& routes,
                                                                  const SendSetting& setting,
                                                                  Report& report) {
  std::vector<std::unique_ptr<send::PacketSink>> sinks;
  for (unsigned i = 0; i < setting.threads; ++i) {
    auto lanes = open_lanes(routes, setting.lane);
    if (!lanes && lanes.error().code == ErrorCode::kPermission) {
      return std::unexpected(lanes.error());
    }
    if (!lanes || lanes->name != setting.lane_name) {
      add_once(report.notes, fmt::format("no {} lane: {}", setting.lane_name,
                                         lanes ? "the way there is a raw IP socket's"
                                               : lanes.error().to_string()));
      return std::vector<std::unique_ptr<send::PacketSink>>{};
    }
    sinks.push_back(std::move(lanes->sinks.front()));
  }
  return sinks;
}

// The send measurement uses one hop only: the first of the plan.
struct EgressRoute {
  send::RoutePlan routes;
  std::vector<ScanIndex> targets;
};

EgressRoute first_route(const TargetTable& table, const send::RoutePlan& plan) {
  EgressRoute route{.routes = {{plan.hops().front()}, {}, {}}};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (plan.hop_of({i}) == 0) route.targets.push_back({i});
  }
  return route;
}

// The share of the route's targets in the rate of all. So no group is probed faster than
// --group-rate.
PacketRate rate_of_route(const BenchRequest& request, const TargetTable& table,
                         const send::RoutePlan& plan, const EgressRoute& route) {
  const PacketRate all =
      sweep::even_rate(table, request.sweep.rate, request.sweep.group_rate, &plan);
  const double share = static_cast<double>(route.targets.size()) / table.size();
  return {all.per_second * share};
}

// ---- loop

// Runs sweeps with one SYN for each address, and adds them up until they have sent long enough.
class LoopRounds {
 public:
  LoopRounds(const BenchRequest& request, Report& report)
      : request_(request), report_(report), sweep_(request.sweep) {
    sweep_.policy = {.attempts = 1, .recheck_rounds = 0};
  }

  // Counts the operator's targets that answer a sweep with three attempts. Later steps expect
  // replies from these only.
  Result<void> take_roll() {
    SweepRequest patient = sweep_;
    patient.policy.attempts = 3;
    patient.epoch = next_epoch();
    const auto result = run_sweep(*request_.table, patient, hooks());
    if (!result) return std::unexpected(result.error());
    expected_ = answering(*result);
    if (request_.interrupted()) return interrupted();
    if (expected_ > 0) return {};
    return fail(ErrorCode::kPath, "none of these targets answers, so there is no loop to measure");
  }

  Result<LoopStep> ask(PacketRate rate) {
    request_.say(fmt::format("loop: {:.0f}/s", rate.per_second));
    const double seconds = std::chrono::duration<double>(request_.step).count();
    std::optional<inventory::Inventory> lab;
    if (request_.table == nullptr) {
      const double wanted = rate.per_second * seconds;
      const double most = 1 << (32 - bench::kLabPrefix.bits);
      auto fleet =
          lab_fleet(static_cast<std::uint64_t>(std::clamp(wanted, 1.0, most)), request_.sweep.seed);
      if (!fleet) return std::unexpected(fleet.error());
      lab = std::move(*fleet);
    }
    const TargetTable& table = lab ? lab->table : *request_.table;
    LoopStep step{.asked_pps = rate.per_second};
    // Stops at 90 % of the time: below the requested rate, another round would take too long.
    while (step.seconds < 0.9 * seconds) {
      if (auto done = sweep_once(table, rate, step); !done) return std::unexpected(done.error());
    }
    step.sent_pps = static_cast<double>(step.probes) / step.seconds;
    return step;
  }

 private:
  Epoch next_epoch() { return {sweep_.epoch.value++}; }
  SweepHooks hooks() const {
    return {.note = [this](const std::string& text) { add_once(report_.notes, text); },
            .interrupted = request_.interrupted};
  }
  static std::uint64_t answering(const sweep::SweepResult& result) {
    return result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kOpen)] +
           result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kClosed)];
  }

  Result<void> sweep_once(const TargetTable& table, PacketRate rate, LoopStep& step) {
    SweepRequest round = sweep_;
    round.rate = rate;
    round.epoch = next_epoch();
    const bench::CpuTimes before = bench::read_cpu_times();
    const auto result = run_sweep(table, round, hooks());
    if (!result) return std::unexpected(result.error());
    if (request_.interrupted()) return interrupted();
    sweep_.preflight = false;  // the first sweep has proven it
    const sweep::PathFigures& path = result->path;
    if (path.probes_sent == 0) return fail(ErrorCode::kPath, "the kernel took no probe at all");
    if (!(path.rate_pps > 0)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{} targets leave all at once at {:.0f}/s: too few to measure a "
                              "rate; give more targets or a lower --rate",
                              table.size(), rate.per_second));
    }
    step.cpu += bench::read_cpu_times() - before;
    step.probes += path.probes_sent;
    step.verified += answering(*result);
    step.expected += request_.table == nullptr ? table.size() : expected_;
    step.own_drops += path.ring_drops + path.capture_drops + path.kernel_drops;
    step.seconds += static_cast<double>(path.probes_sent) / path.rate_pps;
    step.rtt_p50_ms = path.rtt_p50_ms;
    step.rtt_p90_ms = path.rtt_p90_ms;
    step.rtt_p99_ms = path.rtt_p99_ms;
    report_.loop->lane = path.lane;
    return {};
  }

  const BenchRequest& request_;
  Report& report_;
  SweepRequest sweep_;
  std::uint64_t expected_ = 0;
};

bench::KneeSearch::Range rates_of(const BenchRequest& request, const send::RoutePlan& routes) {
  if (request.table == nullptr) {
    const PacketRate high = request.sweep.rate;
    return {.low = std::min(PacketRate{kLoopLowest}, high), .high = high};
  }
  // --group-rate limits a group here too.
  const PacketRate high =
      sweep::even_rate(*request.table, request.sweep.rate, request.sweep.group_rate, &routes);
  return {.low = PacketRate{high.per_second / kOwnRates}, .high = high};
}

}  // namespace

Result<void> bench_send(const BenchRequest& request, Report& report) {
  const auto setup = BenchSetup::make(request, FarEnd::kSink);
  if (!setup) return std::unexpected(setup.error());
  const TargetTable& table = setup->targets();
  const auto plan = send::plan_routes(table, request.sweep.routes);
  if (!plan) return std::unexpected(plan.error());
  const EgressRoute route = first_route(table, *plan);
  note_setup(request, route.routes, "SYNs counted and dropped (send)", report);
  if (request.table != nullptr) {
    add_once(report.notes,
             "sent/s counts all that left the interface: also the kernel's RSTs and other traffic");
  }
  const PacketRate rate = rate_of_route(request, table, *plan, route);
  for (const SendSetting& setting : send_settings(request.sweep.lane, report.host.cpus)) {
    request.say(fmt::format("send: {}, batch {}, {} thread(s)", setting.lane_name, setting.batch,
                            setting.threads));
    auto sinks = open_sinks(route.routes, setting, report);
    if (!sinks) return std::unexpected(sinks.error());
    if (sinks->empty()) continue;
    report.send.push_back(bench::measure_send({.table = table,
                                               .targets = route.targets,
                                               .hop = route.routes.hops().front(),
                                               .batch = setting.batch,
                                               .rate = rate,
                                               .time = request.step,
                                               .interrupted = request.interrupted},
                                              std::move(*sinks)));
    if (request.interrupted()) return interrupted();
  }
  if (!report.send.empty()) return {};
  return fail(ErrorCode::kPath, report.notes.empty() ? "no lane leads there" : report.notes.back());
}

Result<void> bench_loop(const BenchRequest& request, Report& report) {
  const auto setup = BenchSetup::make(request, FarEnd::kResponder);
  if (!setup) return std::unexpected(setup.error());
  const auto plan = send::plan_routes(setup->targets(), request.sweep.routes);
  if (!plan) return std::unexpected(plan.error());
  note_setup(request, *plan, "a BPF responder answers (loop)", report);
  report.loop.emplace();
  LoopRounds rounds(request, report);
  if (request.table != nullptr) {
    request.say("loop: who answers at all?");
    if (auto roll = rounds.take_roll(); !roll) return roll;
  }
  auto figures = bench::measure_loop(
      rates_of(request, *plan), [&rounds](PacketRate rate) { return rounds.ask(rate); },
      request.interrupted);
  if (!figures) return std::unexpected(figures.error());
  if (request.interrupted()) return interrupted();
  figures->lane = report.loop->lane;
  report.loop = std::move(*figures);
  return {};
}

Result<void> bench_recheck(const BenchRequest& request, Report& report) {
  const auto setup = BenchSetup::make(request, FarEnd::kKernelStack);
  if (!setup) return std::unexpected(setup.error());
  const TargetTable& table = setup->targets();
  const auto plan = send::plan_routes(table, request.sweep.routes);
  if (!plan) return std::unexpected(plan.error());
  note_setup(request, *plan, "the kernel's TCP answers (recheck)", report);
  request.say("recheck");
  auto connector = recheck::make_uring_connector();
  if (!connector) connector = recheck::make_epoll_connector();
  if (!connector) return std::unexpected(connector.error());
  report.recheck = bench::measure_recheck(
      {.table = table,
       .self = request.sweep.routes.source,
       .rate = sweep::even_rate(table, request.sweep.rate, request.sweep.group_rate, &*plan),
       .time = request.step,
       .timeout = kConnectTimeout,
       .interrupted = request.interrupted},
      **connector, SystemClock());
  if (request.interrupted()) return interrupted();
  return {};
}

}  // namespace rollcall::cli
