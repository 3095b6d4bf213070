#include "cli/service/dependencies.h"

#include <algorithm>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

// Within this time every receiver got a heartbeat or a check of its setup, and every source was
// read.
constexpr Duration kRestoredFor = 5min;
constexpr Duration kLongAgo = 24h * 365;

// The clamp limits the age of a failure when the wall clock is wrong.
TimePoint moment_of(WallTime at, TimePoint now, WallTime wall) {
  return now - std::clamp<Duration>(wall - at, 0s, kLongAgo);
}

}  // namespace

void Dependencies::update(const std::vector<DependencyFailure>& failures, TimePoint now,
                          WallTime wall) {
  std::map<std::string, Failure> current;
  for (const DependencyFailure& failure : failures) {
    Failure& entry = current[failure.name];
    const auto before = failures_.find(failure.name);
    if (before != failures_.end()) {
      entry = before->second;
      entry.kept_until = {};
    } else {
      entry.patience = failure.patience;
      entry.since_wall = failure.since.value_or(wall);
      entry.since = moment_of(entry.since_wall, now, wall);
    }
    // A failure restored after a restart has patience 0, so it stays an incident. Otherwise a new
    // patience may only shorten the wait.
    entry.patience = std::min(entry.patience, failure.patience);
    entry.why = failure.why;
  }
  for (auto& [name, failure] : failures_) {
    if (now < failure.kept_until) current.try_emplace(name, std::move(failure));
  }
  failures_ = std::move(current);
}

void Dependencies::restore(std::span<const watch::Incident> open, TimePoint now, WallTime wall) {
  for (const watch::Incident& incident : open) {
    if (incident.scope != watch::IncidentScope::kDependency) continue;
    Failure& failure = failures_[incident.subject];
    const bool is_seen_now = !failure.why.empty();
    failure.patience = {};
    failure.since_wall = incident.started_at;
    failure.since = moment_of(incident.started_at, now, wall);
    if (is_seen_now) continue;
    failure.why = "it was not tried again since the restart";
    failure.kept_until = now + kRestoredFor;
  }
}

std::vector<watch::FailedDependency> Dependencies::overdue(TimePoint now) const {
  std::vector<watch::FailedDependency> overdue;
  for (const auto& [name, failure] : failures_) {
    if (now - failure.since < failure.patience) continue;
    overdue.push_back({name, failure.why, failure.since_wall});
  }
  return overdue;
}

}  // namespace rollcall::cli
