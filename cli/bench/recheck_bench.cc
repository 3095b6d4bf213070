#include "cli/bench/recheck_bench.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "engine/send/pacer.h"

namespace rollcall::bench {
namespace {

constexpr Duration kNothingToDo = std::chrono::microseconds(100);
constexpr std::size_t kTimesMax = 1 << 20;  // kept for the percentiles

class Trial {
 public:
  Trial(const RecheckTrial& trial, recheck::TcpConnector& connector, const Clock& clock,
        TimePoint start)
      : trial_(trial),
        connector_(connector),
        clock_(clock),
        pacer_(trial.rate, start),
        started_(trial.table.size()) {}

  void start_more(TimePoint now) {
    std::uint32_t allowed = pacer_.allowance(now).count;
    for (; allowed > 0 && connector_.in_flight() < connector_.in_flight_max(); --allowed) {
      const ScanIndex place{next_++ % trial_.table.size()};
      const inventory::Target& target = trial_.table.at(place);
      const bool bound = trial_.self && trial_.self->is_v4() == target.address.is_v4();
      started_[place.value] = now;
      connector_.start({.target = place,
                        .peer = target.address,
                        .peer_port = target.port,
                        .self = bound ? trial_.self : std::nullopt,
                        .timeout = trial_.timeout});
      pacer_.spend(1);
    }
  }

  // Returns true if a connect ended.
  bool take(TimePoint now) {
    const auto results = connector_.poll(now);
    const TimePoint ended = clock_.now();  // after poll(): connects may start and end within it
    for (const recheck::ConnectResult& result : results) {
      ++count_of(result.outcome);
      if (result.outcome != recheck::ConnectOutcome::kConnected) continue;
      last_connected_ = ended;
      if (times_.size() < kTimesMax) times_.push_back(ended - started_[result.target.value]);
    }
    return !results.empty();
  }

  RecheckFigures finish(TimePoint start) {
    std::ranges::sort(times_);
    figures_.p50_ms = percentile(0.50);
    figures_.p90_ms = percentile(0.90);
    figures_.p99_ms = percentile(0.99);
    figures_.in_flight_max = connector_.in_flight_max();
    if (figures_.connected == 0) return figures_;
    figures_.seconds = std::chrono::duration<double>(last_connected_ - start).count();
    figures_.connected_per_s = static_cast<double>(figures_.connected) / figures_.seconds;
    return figures_;
  }

 private:
  std::uint64_t& count_of(recheck::ConnectOutcome outcome) {
    switch (outcome) {
      case recheck::ConnectOutcome::kConnected:
        return figures_.connected;
      case recheck::ConnectOutcome::kRefused:
        return figures_.refused;
      case recheck::ConnectOutcome::kRejected:
      case recheck::ConnectOutcome::kUnreachable:
        return figures_.unreachable;
      case recheck::ConnectOutcome::kTimeout:
        return figures_.timeouts;
      case recheck::ConnectOutcome::kLocalError:
      case recheck::ConnectOutcome::kLedHere:
        break;
    }
    return figures_.local_errors;
  }

  double percentile(double share) const {
    if (times_.empty()) return 0;
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1));
    return std::chrono::duration<double, std::milli>(times_[rank]).count();
  }

  const RecheckTrial& trial_;
  recheck::TcpConnector& connector_;
  const Clock& clock_;
  send::Pacer pacer_;
  std::vector<TimePoint> started_;  // by ScanIndex
  std::vector<Duration> times_;
  std::uint32_t next_ = 0;
  TimePoint last_connected_;
  RecheckFigures figures_;
};

}  // namespace

RecheckFigures measure_recheck(const RecheckTrial& settings, recheck::TcpConnector& connector,
                               const Clock& clock) {
  const TimePoint start = clock.now();
  const CpuTimes before = read_cpu_times();
  Trial trial(settings, connector, clock, start);
  TimePoint now = start;
  for (; now < start + settings.time && !settings.interrupted(); now = clock.now()) {
    trial.start_more(now);
    if (!trial.take(now)) std::this_thread::sleep_for(kNothingToDo);
  }
  while (connector.in_flight() > 0) {
    if (!trial.take(clock.now())) std::this_thread::sleep_for(kNothingToDo);
  }
  RecheckFigures figures = trial.finish(start);
  figures.cpu = read_cpu_times() - before;
  return figures;
}

}  // namespace rollcall::bench
