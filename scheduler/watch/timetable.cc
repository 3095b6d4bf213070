#include "scheduler/watch/timetable.h"

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
  std::map<Duration, std::vector<TargetIndex>> lots;
  for (const inventory::Group& group : table.groups()) {
    const auto rules = rules_of(intervals, group.name);
    for (std::uint32_t row = group.first; row < group.first + group.targets; ++row) {
      lots[interval_of(rules, table[{row}].port, intervals.fleet)].push_back({row});
    }
  }
  return lots;
}

// By target, of each the earliest.
void tidy(std::vector<Question>& questions) {
  std::ranges::sort(questions, {}, [](const Question& q) { return std::pair(q.target, q.at); });
  const auto rest = std::ranges::unique(questions, {}, &Question::target);
  questions.erase(rest.begin(), rest.end());
}

TimePoint earliest(std::span<const Question> questions) {
  TimePoint at = TimePoint::max();
  for (const Question& question : questions) at = std::min(at, question.at);
  return at;
}

// Moves the targets whose time has come.
void take_due(std::vector<Question>& questions, TimePoint now, std::vector<TargetIndex>& due) {
  std::erase_if(questions, [&](const Question& question) {
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

Timetable::Timetable(const TargetTable& table, const Intervals& intervals, TimePoint start)
    : start_(start) {
  for (auto& [interval, targets] : by_interval(table, intervals)) {
    ROLLCALL_CHECK(interval >= kShortestInterval);
    lots_.push_back(
        {.interval = interval, .phase = {}, .targets = std::move(targets), .due = start});
  }
  for (std::size_t i = 0; i < lots_.size(); ++i) {
    Lot& lot = lots_[i];
    // Of the shortest interval: the others are mostly multiples of it, and then never meet.
    lot.phase = lots_.front().interval * static_cast<std::int64_t>(i) /
                static_cast<std::int64_t>(lots_.size());
  }
}

Timetable::Timetable(const TargetTable& table, const Intervals& intervals, const Timetable& former,
                     const TargetTable& former_table, TimePoint now)
    : Timetable(table, intervals, former.start_) {
  missed_ = former.missed_;
  for (Lot& lot : lots_) {
    lot.due = next_on_grid(start_ + lot.phase, lot.interval, now);
    const auto same = std::ranges::find(former.lots_, lot.interval, &Lot::interval);
    if (same != former.lots_.end()) lot.due = std::min(lot.due, same->due);
  }
  const auto carried = [&](std::span<const Question> questions) {
    std::vector<Question> here;
    for (const auto& [target, at] : questions) {
      const inventory::Target& row = former_table[target];
      if (const auto own = table.find_target(row.address, row.port)) here.push_back({*own, at});
    }
    tidy(here);
    return here;
  };
  again_ = carried(former.again_);
  again_at_ = earliest(again_);
  wanted_ = carried(former.wanted_);
  wanted_at_ = earliest(wanted_);
}

void Timetable::skip_missed(Lot& lot, TimePoint now) {
  const TimePoint next = next_on_grid(start_ + lot.phase, lot.interval, now);
  const auto turns = (next - lot.due) / lot.interval;
  if (turns > 1) missed_ += static_cast<std::uint64_t>(turns - 1);
  lot.due = next;
}

Turn Timetable::begin(TimePoint now) {
  Turn turn;
  if (is_sweeping_) return turn;
  for (Lot& lot : lots_) {
    if (lot.due > now) continue;
    turn.targets.insert(turn.targets.end(), lot.targets.begin(), lot.targets.end());
    turn.interval = lot.interval;  // lots ascend
    skip_missed(lot, now);
  }
  std::vector<TargetIndex> extra;
  if (again_at_ <= now) take_due(again_, now, extra);
  if (wanted_at_ <= now) take_due(wanted_, now, extra);
  turn.targets.insert(turn.targets.end(), extra.begin(), extra.end());
  turn.interval = std::max(turn.interval, longest_interval(extra));
  std::ranges::sort(turn.targets);
  const auto rest = std::ranges::unique(turn.targets);
  turn.targets.erase(rest.begin(), rest.end());
  is_sweeping_ = !turn.targets.empty();
  if (!is_sweeping_) return turn;
  std::erase_if(wanted_, [&](const Question& question) {
    return std::ranges::binary_search(turn.targets, question.target);
  });
  again_at_ = earliest(again_);
  wanted_at_ = earliest(wanted_);
  return turn;
}

Duration Timetable::longest_interval(std::span<const TargetIndex> targets) const {
  // Lots ascend by interval.
  for (auto lot = lots_.rbegin(); lot != lots_.rend(); ++lot) {
    const auto is_in_lot = [&](TargetIndex target) {
      return std::ranges::binary_search(lot->targets, target);
    };
    if (std::ranges::any_of(targets, is_in_lot)) return lot->interval;
  }
  return {};
}

std::vector<LotView> Timetable::lots() const {
  std::vector<LotView> views;
  for (const Lot& lot : lots_) views.push_back({lot.interval, lot.targets});
  return views;
}

void Timetable::ask_again(std::vector<Question> questions) {
  tidy(questions);
  auto before = again_.begin();
  for (Question& question : questions) {
    while (before != again_.end() && before->target < question.target) ++before;
    if (before != again_.end() && before->target == question.target) {
      question.at = std::min(question.at, before->at);
    }
  }
  again_ = std::move(questions);
  again_at_ = earliest(again_);
}

void Timetable::ask_too(std::span<const TargetIndex> targets, TimePoint at) {
  for (const TargetIndex target : targets) wanted_.push_back({target, at});
  tidy(wanted_);
  wanted_at_ = earliest(wanted_);
}

TimePoint Timetable::next() const {
  TimePoint next = std::min(again_at_, wanted_at_);
  for (const Lot& lot : lots_) next = std::min(next, lot.due);
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
