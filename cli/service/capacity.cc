#include "cli/service/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/base/text/duration.h"
#include "engine/base/text/printable.h"

namespace rollcall::cli {
namespace {

// The time that one round of probes to the targets of one interval takes.
struct Need {
  double seconds = 0;
  std::size_t targets = 0;
  std::optional<GroupIndex> by_group;  // the group whose rate limits; nullopt: the total rate
  std::uint32_t of_group = 0;          // targets of that group
};

Need need_of(const inventory::TargetTable& table, const watch::IntervalClassView& interval_class,
             const SweepConfig& sweep) {
  Need need{.targets = interval_class.targets.size()};
  if (sweep.rate)
    need.seconds = static_cast<double>(interval_class.targets.size()) / sweep.rate->per_second;
  std::vector<std::uint32_t> of_groups(table.groups().size());
  for (const TargetIndex target : interval_class.targets) ++of_groups[table[target].group.value];
  const auto largest = std::ranges::max_element(of_groups);
  if (largest == of_groups.end()) return need;
  const double seconds = *largest / sweep.group_rate.per_second;
  if (seconds <= need.seconds) return need;
  need.seconds = seconds;
  need.by_group = GroupIndex{static_cast<std::uint32_t>(largest - of_groups.begin())};
  need.of_group = *largest;
  return need;
}

// "the 16382 targets of web42 at sweep.group_rate = 500", "16382 targets at sweep.rate = 1000".
std::string cause_of(const Need& need, const inventory::TargetTable& table,
                     const SweepConfig& sweep) {
  if (!need.by_group) {
    return fmt::format("{} targets at sweep.rate = {:.0f}", need.targets, sweep.rate->per_second);
  }
  return fmt::format("the {} targets of {} at sweep.group_rate = {:.0f}", need.of_group,
                     printable(table.group(*need.by_group).name), sweep.group_rate.per_second);
}

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string why_intervals_are_missed(const inventory::TargetTable& table,
                                     const watch::Schedule& schedule, const SweepConfig& sweep) {
  double share = 0;  // of all time, spent in sweeps
  double worst_share = 0;
  Need worst;
  Duration interval{};
  for (const watch::IntervalClassView& interval_class : schedule.interval_classes()) {
    const Need need = need_of(table, interval_class, sweep);
    const double of_class = need.seconds / seconds_of(interval_class.interval);
    share += of_class;
    if (of_class <= worst_share) continue;
    worst_share = of_class;
    worst = need;
    interval = interval_class.interval;
  }
  if (share <= 1) return {};
  const std::string what =
      worst_share > 1
          ? fmt::format("it takes {:.0f} s to ask {}, longer than the interval of {}",
                        worst.seconds, cause_of(worst, table, sweep), duration_text(interval))
          : fmt::format(
                "sweeps of all intervals together need {:.0f} % of the time, most of it for "
                "{} every {}",
                100 * share, cause_of(worst, table, sweep), duration_text(interval));
  return fmt::format(
      "{}; so targets are asked less often than configured, and outages are noticed later; Fix: "
      "raise {} or the interval",
      what, worst.by_group ? "sweep.group_rate" : "sweep.rate");
}

std::string why_it_outlasted(const sweep::SweepResult& result, Duration interval) {
  const sweep::PathFigures& path = result.path;
  const double sending =
      path.rate_pps > 0 ? static_cast<double>(path.probes_sent) / path.rate_pps : 0;
  if (sending <= seconds_of(interval)) {
    return "a sweep took longer than its interval, since it asked silent targets again or waited "
           "until its path was sound; its rates suffice";
  }
  return fmt::format(
      "sweeps take longer than their interval: targets are asked less often than configured; Fix: "
      "raise {} or the interval",
      path.group_rate_limits ? "sweep.group_rate" : "sweep.rate");
}

}  // namespace rollcall::cli
