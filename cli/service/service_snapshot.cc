// Service, part 4: builds the FleetSnapshot that readers see, and decides when to publish it.

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "cli/service/service.h"
#include "scheduler/watch/incidents/silences.h"

namespace rollcall::cli {
namespace {

Duration longest_interval(const watch::Intervals& intervals) {
  Duration longest = intervals.fleet;
  for (const watch::IntervalRule& rule : intervals.rules) {
    longest = std::max(longest, rule.interval);
  }
  return longest;
}

void mark_silenced(const watch::Silence& silence, const web::FleetFacts& facts,
                   std::vector<bool>& silenced) {
  for (const std::string& name : silence.groups) {
    const auto group = facts.by_name.find(name);
    if (group != facts.by_name.end()) silenced[group->second.value] = true;
  }
  if (silence.labels.empty()) return;
  const auto groups = facts.by_label.find(*silence.labels.begin());
  if (groups == facts.by_label.end()) return;
  for (const GroupIndex group : groups->second) {
    if (watch::matches(silence, facts.table->group(group).name, facts.labels[group.value])) {
      silenced[group.value] = true;
    }
  }
}

std::vector<bool> silenced_groups(const std::vector<watch::Silence>& silences,
                                  const web::FleetFacts& facts, WallTime at) {
  std::vector<bool> silenced(facts.labels.size());
  for (const watch::Silence& silence : silences) {
    if (watch::is_active(silence, at)) mark_silenced(silence, facts, silenced);
  }
  return silenced;
}

// Has a silence begun or ended in this time?
bool has_edge(const std::vector<watch::Silence>& silences, WallTime after, WallTime until) {
  return std::ranges::any_of(silences, [&](const watch::Silence& silence) {
    return (silence.starts_at > after && silence.starts_at <= until) ||
           (silence.ends_at > after && silence.ends_at <= until);
  });
}

bool is_alike(const alert::ReceiverStatus& a, const alert::ReceiverStatus& b) {
  return a.name == b.name && a.waiting == b.waiting && a.failing == b.failing &&
         a.ended == b.ended && a.last_failure == b.last_failure;
}

}  // namespace

// While a sweep runs, no other targets are probed, so readiness lasts until the sweep's time limit.
// A stuck thread may be one that judges, so the service is not ready then.
TimePoint Service::ready_until() const {
  if (!stuck_.empty()) return {};
  const TimePoint until = coverage_.ready_until();
  return sweep_.is_busy() && sweep_began_ < until ? std::max(until, sweep_ends_by_) : until;
}

// Finds rules and silences without effect, because their group was renamed or mistyped.
std::vector<std::string> Service::names_without_group(
    const std::vector<watch::Silence>& silences) const {
  std::set<std::string> texts;
  for (const watch::IntervalRule& rule : config_.sweep.intervals.rules) {
    if (rule.group.empty() || facts_->by_name.contains(rule.group)) continue;
    texts.insert(
        fmt::format("sweep.override for '{}' has no effect: there is no such group", rule.group));
  }
  for (const watch::Silence& silence : silences) {
    for (const std::string& group : silence.groups) {
      if (facts_->by_name.contains(group)) continue;
      texts.insert(fmt::format("a silence for '{}' has no effect: there is no such group", group));
    }
  }
  return {texts.begin(), texts.end()};
}

void Service::publish(bool is_content) {
  auto view = std::make_shared<web::FleetSnapshot>();
  view->version = published_ ? published_->version + 1 : 1;
  if (is_content) content_version_ = view->version;
  view->content_version = content_version_;
  view->at = clock_.wall();  // once: the whole snapshot is of one moment
  view->started_at = started_at_;
  view->site = config_.site;
  view->vantage = journal_->vantage();
  view->facts = facts_;
  view->target_details =
      is_content ? target_details_.as_seen_by(*watch_) : published_->target_details;
  for (const web::TargetDetail& detail : view->targets()) {
    ++view->counts[static_cast<std::size_t>(detail.state)];
  }
  const auto groups = static_cast<std::uint32_t>(facts_->table->groups().size());
  for (std::uint32_t i = 0; i < groups; ++i) {
    view->groups.push_back(watch_->status_of({i}));
    if (!view->groups.back().figures.all_well()) view->reports.push_back(watch_->report_of({i}));
  }
  view->silences = journal_->silences(view->at);
  view->silenced = silenced_groups(view->silences, *facts_, view->at);
  view->incidents = watch_->open_incidents();
  for (const auto& [group, note] : notes_) view->notes.push_back(note);
  view->receivers = journal_->receivers();
  view->last_sweep = last_sweep_;
  view->last_path = last_path_;
  view->totals = totals_;
  view->is_sweeping = sweep_.is_busy();
  view->next_sweep = schedule_->next();
  view->missed_turns = schedule_->missed();
  view->sweep_problem = sweep_problem_;
  view->ready_until = ready_until();
  view->degraded_reason = coverage_.degraded_reason();
  view->interval = longest_interval(config_.sweep.intervals);
  view->fleet_interval = config_.sweep.intervals.fleet;
  for (const auto& [name, targets] : fleet_.targets) {
    const auto broken = broken_sources_.find(name);
    const bool is_broken = broken != broken_sources_.end();
    view->sources.push_back({.name = name,
                             .targets = targets,
                             .problem = is_broken ? broken->second.why : "",
                             .since = is_broken ? broken->second.since : WallTime{}});
  }
  view->source_remarks = source_remarks_;
  const auto nameless = names_without_group(view->silences);
  view->source_remarks.insert(view->source_remarks.end(), nameless.begin(), nameless.end());
  view->config_problem = config_problem_;
  view->inventory_problem = inventory_problem_;
  view->web_problem = web_problem_;
  view->hanging = hanging_;
  view->stuck = stuck_;
  view->certificates = certificates();
  view->inventory_at = inventory_at_;
  view->memory_problem = journal_->memory_problem();
  view->rows_waiting = journal_->rows_waiting();
  published_ = view;
  publisher_.publish(std::move(view));
}

// Publishes changes that other threads or the passing of time caused. All other changes publish
// themselves.
void Service::publish_if_stale() {
  const WallTime now = clock_.wall();
  // If the wall clock was set back, an ended silence is active again.
  const bool came_back = published_->silences.size() != journal_->silences(now).size();
  if (came_back || has_edge(published_->silences, published_->at, now)) return publish(true);
  if (is_stale()) publish(false);
}

bool Service::is_stale() const {
  const web::FleetSnapshot& view = *published_;
  return view.is_sweeping != sweep_.is_busy() || view.next_sweep != schedule_->next() ||
         view.sweep_problem != sweep_problem_ || view.inventory_problem != inventory_problem_ ||
         view.config_problem != config_problem_ || view.inventory_at != inventory_at_ ||
         view.web_problem != web_problem_ || view.hanging != hanging_ || view.stuck != stuck_ ||
         view.certificates != certificates() || view.rows_waiting != journal_->rows_waiting() ||
         view.memory_problem != journal_->memory_problem() ||
         !std::ranges::equal(view.receivers, journal_->receivers(), is_alike);
}

}  // namespace rollcall::cli
