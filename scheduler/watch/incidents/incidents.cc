#include "scheduler/watch/incidents/incidents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scheduler/watch/incidents/incident_text.h"

namespace rollcall::watch {
namespace {

bool reads_alike(const Incident& a, const Incident& b) {
  if (a.now != b.now || a.groups != b.groups) return false;
  // While an incident is down, other counts are no change to report.
  return a.now == Trouble::kDown || (a.missing == b.missing && a.closed == b.closed);
}

void set_trouble(Incident& incident, Trouble trouble) {
  incident.now = trouble;
  incident.worst = std::max(incident.worst, trouble);
}

void begin(Incident& incident, IncidentScope scope, std::string_view subject, Trouble trouble,
           WallTime since) {
  incident.id = incident_id(scope, subject, since);
  incident.scope = scope;
  incident.subject = subject;
  incident.started_at = since;
  incident.worst = incident.now = trouble;
}

std::vector<GroupIndex> indices_of(const FleetStatus& view, const std::vector<std::string>& names) {
  std::vector<GroupIndex> indices;
  for (const std::string& name : names) {
    const auto found = view.by_name.find(name);
    if (found != view.by_name.end()) indices.push_back(found->second);
  }
  return indices;
}

// Adds the names of groups that are not in `names` yet; returns true when there are any.
bool join(std::vector<std::string>& names, const FleetStatus& view,
          std::span<const GroupIndex> groups) {
  const std::size_t before = names.size();
  for (const GroupIndex group : groups) {
    const std::string& name = view.fleet.table.group(group).name;
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(before);
    if (std::find(names.begin(), end, name) == end) names.push_back(name);
  }
  return names.size() > before;
}

std::string end_of_many(const FleetStatus& view, std::span<const GroupIndex> groups) {
  const auto is_well = [&](GroupIndex group) {
    return !trouble_of(view.groups[group.value], view.figures[group.value]);
  };
  const auto well = std::ranges::count_if(groups, is_well);
  if (std::cmp_equal(well, groups.size())) return fmt::format("over: all {} groups answer", well);
  return fmt::format("over: {} of {} groups answer; the others are incidents of their own", well,
                     groups.size());
}

std::uint64_t version_of(const FleetStatus& view, std::span<const GroupIndex> groups) {
  std::uint64_t version = groups.size();
  for (const GroupIndex group : groups) version += view.groups[group.value].version;
  return version;
}

}  // namespace

// The data of one update.
struct Incidents::Update {
  const FleetStatus& view;
  const UpdateTime& moment;
  const Settings& settings;
  const PendingCorrelation pending;
  std::vector<CorrelatedOutage> together;
  // By GroupIndex; null: the group reports its own incident.
  std::vector<const IncidentTrack*> covered_by;
  std::vector<bool> left_behind;  // by GroupIndex; its parent's or the fleet's incident ends now
  std::vector<IncidentEvent> events;
  const IncidentTrack* vantage = nullptr;  // set while this host cannot judge most groups

  void emit(IncidentChange change, const Incident& incident) {
    events.push_back({change, moment.wall, incident});
  }
  void end(IncidentTrack& track, std::string sentence) {
    // The wall clock may have been set back; an incident must not end before it began.
    track.incident->ended_at = std::max(moment.wall, track.incident->started_at);
    track.incident->sentence = std::move(sentence);
    emit(IncidentChange::kEnded, *track.incident);
    track.forget();
  }
  // While the parent's incident still waits to open, neither it nor its groups' incidents are
  // reported.
  void merge_into_parent(IncidentTrack& track, const IncidentTrack& by) {
    if (!by.incident) return;
    if (track.incident) {
      track.incident->absorbed_by = by.incident->id;
      end(track, fmt::format("goes on as part of {}", by.incident->id.value));
    }
    track.forget();
  }
  // A group that has settled reports its own incidents, whatever the state of the others.
  void mark_covered(std::span<const GroupIndex> groups, const IncidentTrack& by) {
    for (const GroupIndex group : groups) {
      const IncidentTrack*& covered = covered_by[group.value];
      const bool is_normal = view.groups[group.value].phase == GroupPhase::kNormal;
      if (!is_normal && covered == nullptr) covered = &by;
    }
  }
  // Updates an open incident with `describe`, and makes the event that `move` calls for.
  void follow(IncidentTrack& track, TrackAction move, auto&& describe) {
    Incident& incident = *track.incident;
    const Incident before = incident;
    describe(incident);
    if (move == TrackAction::kOpen) emit(IncidentChange::kOpened, incident);
    const bool is_change = move == TrackAction::kNotify ||
                           (move == TrackAction::kCompare && !reads_alike(before, incident));
    if (is_change) emit(IncidentChange::kChanged, incident);
  }
};

std::vector<IncidentEvent> Incidents::update(const FleetStatus& view, const UpdateTime& moment,
                                             const Settings& settings) {
  Update update{.view = view,
                .moment = moment,
                .settings = settings,
                .pending = PendingCorrelation(view, settings),
                .together = correlated_outages(view, moment, settings),
                .covered_by = std::vector<const IncidentTrack*>(view.groups.size()),
                .left_behind = std::vector<bool>(view.groups.size()),
                .events = {},
                .vantage = nullptr};
  // An update without a judged target may only change incidents about unjudged targets.
  moment.is_unjudged ? cover_as_told(update) : update_many(update);
  update_vantage(update);
  if (!moment.is_unjudged) update_hops(update);
  update_dependencies(update);
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) update_group(update, {i});
  end_absent(update);
  for (Tracks& tracks : tracks_) {
    std::erase_if(tracks, [](const auto& entry) { return entry.second.is_idle(); });
  }
  return std::move(update.events);
}

// The fleet comes before the parents: parents that a fleet incident covers have none of their own.
void Incidents::update_many(Update& update) {
  for (const IncidentScope scope : {IncidentScope::kFleet, IncidentScope::kParent}) {
    Tracks& tracks = this->tracks(scope);
    for (const CorrelatedOutage& many : update.together) {
      if (many.scope == scope) tracks.try_emplace(std::string(many.subject));
    }
    for (auto& [subject, track] : tracks) update_together(update, scope, subject, track);
  }
}

void Incidents::cover_as_told(Update& update) {
  for (const IncidentScope scope : {IncidentScope::kFleet, IncidentScope::kParent}) {
    for (const auto& [subject, track] : tracks(scope)) {
      if (track.incident)
        update.mark_covered(indices_of(update.view, track.incident->groups), track);
    }
  }
}

void Incidents::update_together(Update& update, IncidentScope scope, const std::string& subject,
                                IncidentTrack& track) {
  const FleetStatus& view = update.view;
  const auto found = std::ranges::find_if(update.together, [&](const CorrelatedOutage& many) {
    return many.scope == scope && many.subject == subject;
  });
  const bool is_found = found != update.together.end();
  const auto covered = [&](GroupIndex group) { return update.covered_by[group.value] != nullptr; };
  // A wider incident covers all of its groups: this one becomes part of it.
  if (is_found && std::ranges::all_of(found->groups, covered)) {
    update.merge_into_parent(track, *update.covered_by[found->groups.front().value]);
    return;
  }
  std::vector<std::string> names =
      track.incident ? track.incident->groups : std::vector<std::string>{};
  const bool joined = is_found && join(names, view, found->groups);
  const std::vector<GroupIndex> groups = indices_of(view, names);
  if (groups.empty()) {
    if (track.incident) update.end(track, "over: no longer in the inventory");
    track.next({}, update.moment, update.settings);  // so that flapping ends in time
    return;
  }
  const bool active = is_found || still_together(view, groups);
  const auto spreads = [&](GroupIndex group) {
    return update.pending.concerns(view.fleet.table.group(group));
  };
  const Judgement judgement{.trouble = active ? std::optional(Trouble::kDown) : std::nullopt,
                            .is_other = joined && track.incident,
                            .must_wait = std::ranges::any_of(groups, spreads)};
  const TrackAction move = track.next(judgement, update.moment, update.settings);
  if (move == TrackAction::kEnd) {
    update.end(track, end_of_many(view, groups));
    for (const GroupIndex group : groups) update.left_behind[group.value] = true;
    return;
  }
  const std::uint64_t version = version_of(view, groups);
  if (move != TrackAction::kNone || (track.incident && track.version != version)) {
    update.follow(track, move, [&](Incident& incident) {
      if (move == TrackAction::kOpen)
        begin(incident, scope, subject, Trouble::kDown, track.since());
      if (move != TrackAction::kNone) incident.groups = names;
      describe_many(incident, view, groups);
    });
    track.version = version;
  }
  if (active) update.mark_covered(groups, track);
}

// If most groups are unjudged, assume that the cause is this host: one vantage incident replaces
// theirs.
void Incidents::update_vantage(Update& update) {
  const FleetStatus& view = update.view;
  std::vector<GroupIndex> unjudged;
  for (std::uint32_t i = 0; i < view.groups.size(); ++i) {
    if (view.groups[i].is_unjudged) unjudged.push_back({i});
  }
  constexpr std::string_view kSubject = "vantage";
  Tracks& tracks = this->tracks(IncidentScope::kVantage);
  auto it = tracks.find(kSubject);
  const bool are_most = unjudged.size() >= 2 && unjudged.size() * 2 > view.groups.size();
  if (!are_most && it == tracks.end()) return;
  if (it == tracks.end()) it = tracks.try_emplace(std::string(kSubject)).first;
  IncidentTrack& track = it->second;
  const Judgement judgement{.trouble =
                                are_most ? std::optional(Trouble::kCannotJudge) : std::nullopt};
  const TrackAction move = track.next(judgement, update.moment, update.settings);
  if (move == TrackAction::kEnd) {
    update.end(track, fmt::format("over: {} of {} groups are judged again",
                                  view.groups.size() - unjudged.size(), view.groups.size()));
    return;
  }
  if (!are_most) return;
  update.follow(track, move, [&](Incident& incident) {
    if (move == TrackAction::kOpen) {
      begin(incident, IncidentScope::kVantage, kSubject, Trouble::kCannotJudge, track.since());
    }
    describe_unjudged(incident, view, unjudged);
  });
  update.vantage = &track;
}

void Incidents::update_hops(Update& update) {
  const FleetStatus& view = update.view;
  Tracks& tracks = this->tracks(IncidentScope::kNextHop);
  for (const auto& [name, hop] : view.silent_hops) {
    // One silent sweep is no proof: as with a target, sweeps must span confirm_span.
    if (hop.seen_at - hop.since >= update.settings.confirm_span) tracks.try_emplace(name);
  }
  for (auto& [name, track] : tracks) {
    const auto hop = view.silent_hops.find(name);
    const bool is_silent = hop != view.silent_hops.end();
    const Judgement judgement{.trouble = is_silent ? std::optional(Trouble::kDown) : std::nullopt};
    const TrackAction move = track.next(judgement, update.moment, update.settings);
    if (move == TrackAction::kEnd) {
      update.end(track, "over: targets answer by way of it again, or are asked another way");
    } else if (is_silent && track.incident) {
      update.follow(track, move, [&](Incident& incident) {
        if (move == TrackAction::kOpen) {
          begin(incident, IncidentScope::kNextHop, name, Trouble::kDown, hop->second.since_wall);
        }
        describe_silent_hop(incident, hop->second);
      });
    }
  }
}

void Incidents::update_dependencies(Update& update) {
  const auto failed = update.view.failed_dependencies;
  Tracks& tracks = this->tracks(IncidentScope::kDependency);
  for (const FailedDependency& dependency : failed) tracks.try_emplace(dependency.name);
  for (auto& [name, track] : tracks) {
    const auto found = std::ranges::find(failed, name, &FailedDependency::name);
    const bool is_failed = found != failed.end();
    const Judgement judgement{.trouble =
                                  is_failed ? std::optional(Trouble::kFailing) : std::nullopt};
    const TrackAction move = track.next(judgement, update.moment, update.settings);
    if (move == TrackAction::kEnd) {
      update.end(track, "over: it works again, or is no longer configured");
    } else if (is_failed && track.incident) {
      update.follow(track, move, [&](Incident& incident) {
        if (move == TrackAction::kOpen) {
          begin(incident, IncidentScope::kDependency, name, Trouble::kFailing, found->since);
        }
        describe_dependency(incident, *found);
      });
    }
  }
}

void Incidents::update_group(Update& update, GroupIndex index) {
  const GroupMemory& memory = update.view.groups[index.value];
  const GroupFigures& figures = update.view.figures[index.value];
  const inventory::Group& group = update.view.fleet.table.group(index);
  std::optional<Trouble> trouble = trouble_of(memory, figures);
  Tracks& tracks = this->tracks(IncidentScope::kGroup);
  auto it = tracks.find(group.name);
  const bool is_notified = it != tracks.end() && it->second.incident;
  // If sweeps stop judging the group, its waiting trouble may never be confirmed. Then it is
  // reported as kCannotJudge.
  const IncidentTrack* by = update.covered_by[index.value];
  const bool is_judged = memory.judged_at == update.moment.now;
  const bool is_lost = trouble && memory.is_unjudged && !is_notified && by == nullptr && !is_judged;
  // It still waits; the vantage incident reports why.
  if (is_lost && update.vantage != nullptr) return;
  if (is_lost) trouble = Trouble::kCannotJudge;
  if (update.moment.is_unjudged && trouble != Trouble::kCannotJudge) return;
  if (it == tracks.end() && (by != nullptr || !trouble)) return;
  if (by != nullptr) {
    update.merge_into_parent(it->second, *by);
    return;
  }
  if (trouble == Trouble::kCannotJudge && update.vantage != nullptr) {
    if (it != tracks.end()) update.merge_into_parent(it->second, *update.vantage);
    return;
  }
  if (it == tracks.end()) it = tracks.try_emplace(group.name).first;
  IncidentTrack& track = it->second;
  const bool is_steady = memory.phase == GroupPhase::kNormal;
  const bool is_stale = track.incident && track.version != memory.version;
  // Its trouble was reported as part of an incident that ends now, so it does not wait for another
  // one.
  const bool is_left_behind = update.left_behind[index.value];
  // kCannotJudge is no verdict on targets: waiting for pending decisions does not make it clearer.
  const bool is_no_verdict = trouble == Trouble::kCannotJudge;
  const bool must_wait = !is_no_verdict && (figures.undecided > 0 ||
                                            (!is_left_behind && update.pending.concerns(group)));
  // A path that loses every reply must not open an incident, nor must the time that passes
  // meanwhile. But trouble that waited for undecided targets is reported once they are decided,
  // even if the deciding sweep did not probe this group.
  const bool is_known =
      is_left_behind || is_no_verdict ||
      (memory.judged_at && update.moment.now - *memory.judged_at <= memory.longest_gap);
  const bool may_open = !track.incident && !must_wait && is_known;
  if (trouble && !is_stale && !is_judged && !may_open) return;
  UpdateTime moment = update.moment;
  moment.is_after_a_pause = memory.is_after_a_pause;
  const Judgement judgement{.trouble = trouble,
                            .is_other = is_stale && is_steady,
                            .must_wait = must_wait,
                            .is_flapping = figures.is_flapping,
                            .missing = figures.missing};
  const TrackAction move = track.next(judgement, moment, update.settings);
  if (move == TrackAction::kEnd) {
    describe_end(*track.incident, figures.expected);
    update.end(track, track.incident->sentence);
    return;
  }
  if (move == TrackAction::kNone && !(is_stale && !is_steady)) return;
  update.follow(track, move, [&](Incident& incident) {
    if (move == TrackAction::kOpen) {
      begin(incident, IncidentScope::kGroup, group.name, *trouble, track.since());
      incident.groups = {group.name};
    }
    if (trouble) set_trouble(incident, *trouble);
    describe_group(incident, update.view, index);
  });
  track.version = memory.version;
}

void Incidents::end_absent(Update& update) {
  for (auto& [subject, track] : tracks(IncidentScope::kGroup)) {
    if (update.view.by_name.contains(subject)) continue;
    if (track.incident) update.end(track, "over: no longer in the inventory");
    track = IncidentTrack();
  }
}

std::vector<Incident> Incidents::note_verification(const VerificationRecord& verification) {
  // A script that verifies in a loop must not grow an incident.
  constexpr std::size_t kNamesMax = 100;
  const std::string name = verification.by + (verification.passed ? "" : " (not passed)");
  std::vector<Incident> about;
  for (Tracks& tracks : tracks_) {
    for (auto& [subject, track] : tracks) {
      if (!track.incident) continue;
      const auto& groups = track.incident->groups;
      auto& names = track.incident->verified_by;
      const bool is_about = std::ranges::find(groups, verification.group) != groups.end();
      if (!is_about || (!names.empty() && names.back() == name)) continue;
      std::erase(names, name);  // moved to the end below: the newest is last
      if (names.size() == kNamesMax) continue;
      names.push_back(name);
      about.push_back(*track.incident);
    }
  }
  return about;
}

std::vector<Incident> Incidents::open() const {
  std::vector<Incident> open;
  for (const Tracks& tracks : tracks_) {
    for (const auto& [subject, track] : tracks) {
      if (track.incident) open.push_back(*track.incident);
    }
  }
  return open;
}

std::vector<IncidentEvent> Incidents::restore(std::vector<Incident> open, TimePoint now,
                                              WallTime wall) {
  std::vector<IncidentEvent> ends;
  for (Incident& incident : open) {
    IncidentTrack& track = tracks(incident.scope)[incident.subject];
    if (track.incident && track.incident->id == incident.id) continue;
    if (track.incident) {
      Incident newer = *std::move(track.incident);
      newer.ended_at = std::max(wall, newer.started_at);
      newer.absorbed_by = incident.id;
      newer.sentence = fmt::format("goes on as part of {}", incident.id.value);
      ends.push_back({IncidentChange::kEnded, wall, std::move(newer)});
      track.forget();
    }
    track.restore(std::move(incident), now);
  }
  return ends;
}

}  // namespace rollcall::watch
