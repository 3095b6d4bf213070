#include "scheduler/watch/schedule.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/error.h"

namespace rollcall::watch {
namespace {

using inventory::TargetTable;

int particularity(const IntervalRule& rule) {
  return (rule.group.empty() ? 0 : 2) + (rule.port ? 1 : 0);
}

bool holds_for(const IntervalRule& rule, const std::string& group) {
  return rule.group.empty() || rule.group == group;
}

// The rules that may hold in one group.
std::vector<const IntervalRule*> rules_of(const Intervals& intervals, const std::string& group) {
  std::vector<const IntervalRule*> rules;
  for (const IntervalRule& rule : intervals.rules) {
    if (holds_for(rule, group)) rules.push_back(&rule);
  }
  return rules;
}

Duration interval_of(std::span<const IntervalRule* const> rules, Port port, Duration otherwise) {
  const IntervalRule* best = nullptr;
  for (const IntervalRule* rule : rules) {
    if (rule->port && *rule->port != port) continue;
    if (best == nullptr || particularity(*rule) > particularity(*best)) best = rule;
  }
  return best == nullptr ? otherwise : best->interval;
}

std::map<Duration, std::vector<TargetIndex>> by_interval(const TargetTable& table,
                                                         const Intervals& intervals) {
  std::map<Duration, std::vector<TargetIndex>> interval_classes;
  for (const inventory::Group& group : table.groups()) {
    const auto rules = rules_of(intervals, group.name);
    for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
      interval_classes[interval_of(rules, table[{row}].port, intervals.fleet)].push_back({row});
    }
  }
  return interval_classes;
}

// Sorts by target, and keeps the earliest recheck of each.
void tidy(std::vector<Recheck>& questions) {
  std::ranges::sort(questions, {}, [](const Recheck& q) { return std::pair(q.target, q.at); });
  const auto rest = std::ranges::unique(questions, {}, &Recheck::target);
  questions.erase(rest.begin(), rest.end());
}

TimePoint earliest(std::span<const Recheck> questions) {
  TimePoint at = TimePoint::max();
  for (const Recheck& question : questions) at = std::min(at, question.at);
  return at;
}

// Moves the rechecks that are due into `due`.
void take_due(std::vector<Recheck>& questions, TimePoint now, std::vector<TargetIndex>& due) {
  std::erase_if(questions, [&](const Recheck& question) {
    if (question.at > now) return false;
    due.push_back(question.target);
    return true;
  });
}

// The first point of the grid that lies after `now`.
TimePoint next_on_grid(TimePoint origin, Duration interval, TimePoint now) {
  if (now < origin) return origin;
  return origin + ((now - origin) / interval + 1) * interval;
}

}  // namespace

Schedule::Schedule(const TargetTable& table, const Intervals& intervals, TimePoint start)
    : start_(start) {
  for (auto& [interval, targets] : by_interval(table, intervals)) {
    ROLLCALL_CHECK(interval >= kShortestInterval);
    classes_.push_back(
        {.interval = interval, .phase = {}, .targets = std::move(targets), .due = start});
  }
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    IntervalClass& interval_class = classes_[i];
    // Shift within the shortest interval: longer intervals are mostly multiples of it, so that the
    // classes never fall due together.
    interval_class.phase = classes_.front().interval * static_cast<std::int64_t>(i) /
                           static_cast<std::int64_t>(classes_.size());
  }
}

Schedule::Schedule(const TargetTable& table, const Intervals& intervals, const Schedule& former,
                   const TargetTable& former_table, TimePoint now)
    : Schedule(table, intervals, former.start_) {
  missed_ = former.missed_;
  for (IntervalClass& interval_class : classes_) {
    interval_class.due = next_on_grid(start_ + interval_class.phase, interval_class.interval, now);
    const auto same =
        std::ranges::find(former.classes_, interval_class.interval, &IntervalClass::interval);
    if (same != former.classes_.end()) interval_class.due = std::min(interval_class.due, same->due);
  }
  const auto carried = [&](std::span<const Recheck> questions) {
    std::vector<Recheck> here;
    for (const auto& [target, at] : questions) {
      const inventory::Target& row = former_table[target];
      if (const auto own = table.find_target(row.address, row.port)) here.push_back({*own, at});
    }
    tidy(here);
    return here;
  };
  rechecks_ = carried(former.rechecks_);
  rechecks_at_ = earliest(rechecks_);
  requests_ = carried(former.requests_);
  requests_at_ = earliest(requests_);
}

void Schedule::skip_missed(IntervalClass& interval_class, TimePoint now) {
  const TimePoint next = next_on_grid(start_ + interval_class.phase, interval_class.interval, now);
  const auto turns = (next - interval_class.due) / interval_class.interval;
  if (turns > 1) missed_ += static_cast<std::uint64_t>(turns - 1);
  interval_class.due = next;
}

DueTargets Schedule::begin(TimePoint now) {
  DueTargets due;
  if (is_sweeping_) return due;
  for (IntervalClass& interval_class : classes_) {
    if (interval_class.due > now) continue;
    due.targets.insert(due.targets.end(), interval_class.targets.begin(),
                       interval_class.targets.end());
    due.interval = interval_class.interval;  // classes ascend
    skip_missed(interval_class, now);
  }
  std::vector<TargetIndex> extra;
  if (rechecks_at_ <= now) take_due(rechecks_, now, extra);
  if (requests_at_ <= now) take_due(requests_, now, extra);
  due.targets.insert(due.targets.end(), extra.begin(), extra.end());
  due.interval = std::max(due.interval, longest_interval(extra));
  std::ranges::sort(due.targets);
  const auto rest = std::ranges::unique(due.targets);
  due.targets.erase(rest.begin(), rest.end());
  is_sweeping_ = !due.targets.empty();
  if (!is_sweeping_) return due;
  std::erase_if(requests_, [&](const Recheck& question) {
    return std::ranges::binary_search(due.targets, question.target);
  });
  rechecks_at_ = earliest(rechecks_);
  requests_at_ = earliest(requests_);
  return due;
}

Duration Schedule::longest_interval(std::span<const TargetIndex> targets) const {
  // Classes ascend by interval, so the first match from the end is the longest.
  for (auto interval_class = classes_.rbegin(); interval_class != classes_.rend();
       ++interval_class) {
    const auto is_in_class = [&](TargetIndex target) {
      return std::ranges::binary_search(interval_class->targets, target);
    };
    if (std::ranges::any_of(targets, is_in_class)) return interval_class->interval;
  }
  return {};
}

std::vector<IntervalClassView> Schedule::interval_classes() const {
  std::vector<IntervalClassView> views;
  for (const IntervalClass& interval_class : classes_)
    views.push_back({interval_class.interval, interval_class.targets});
  return views;
}

void Schedule::schedule_rechecks(std::vector<Recheck> questions) {
  tidy(questions);
  auto before = rechecks_.begin();
  for (Recheck& question : questions) {
    while (before != rechecks_.end() && before->target < question.target) ++before;
    if (before != rechecks_.end() && before->target == question.target) {
      question.at = std::min(question.at, before->at);
    }
  }
  rechecks_ = std::move(questions);
  rechecks_at_ = earliest(rechecks_);
}

void Schedule::request_now(std::span<const TargetIndex> targets, TimePoint at) {
  for (const TargetIndex target : targets) requests_.push_back({target, at});
  tidy(requests_);
  requests_at_ = earliest(requests_);
}

TimePoint Schedule::next() const {
  TimePoint next = std::min(rechecks_at_, requests_at_);
  for (const IntervalClass& interval_class : classes_) next = std::min(next, interval_class.due);
  return next;
}

TargetTable part_of(const TargetTable& table, std::span<const TargetIndex> targets,
                    std::span<const TargetIndex> witnesses, std::uint64_t seed) {
  std::vector<inventory::Target> rows;
  std::vector<inventory::Group> groups;
  std::optional<GroupIndex> last;
  rows.reserve(targets.size());
  for (const TargetIndex target : targets) {
    inventory::Target row = table[target];
    if (row.group != last) {
      last = row.group;
      groups.push_back(table.group(row.group));
      groups.back().first = static_cast<std::uint32_t>(rows.size());
      groups.back().targets = groups.back().addresses = 0;
    }
    inventory::Group& group = groups.back();
    if (group.targets++ == 0 || rows.back().address != row.address) ++group.addresses;
    row.group = {static_cast<std::uint32_t>(groups.size() - 1)};
    rows.push_back(row);
  }
  const auto labels = table.label_sets();
  std::vector<inventory::CanaryAddress> canaries;
  for (const inventory::Canary& canary : table.canaries()) {
    const inventory::Target& row = table[canary.target];
    canaries.push_back({row.address, row.port, canary.kind});
  }
  for (const TargetIndex witness : witnesses) {
    const inventory::Target& row = table[witness];
    canaries.push_back({row.address, row.port, inventory::CanaryKind::kCandidate});
  }
  return {std::move(rows), std::move(groups), {labels.begin(), labels.end()}, seed, canaries};
}

}  // namespace rollcall::watch
