#include "scheduler/watch/incidents/incident_track.h"

#include <algorithm>
#include <utility>

namespace rollcall::watch {

bool IncidentTrack::is_ready(const Judgement& judgement, const UpdateTime& moment,
                             const Settings& settings) {
  if (judgement.trouble == notified_ && !judgement.is_other) {
    waiting_since_.reset();
    return false;
  }
  if (!waiting_since_) since_ = moment.wall;
  if (!waiting_since_ || moment.is_after_a_pause) waiting_since_ = moment.now;
  const bool waits = judgement.trouble && judgement.must_wait &&
                     moment.now - *waiting_since_ < settings.confirm_span;
  if (!waits) waiting_since_.reset();
  return !waits;
}

TrackAction IncidentTrack::move(bool ready, bool flapping, std::uint32_t missing) {
  if (!incident) return ready && notified_ ? TrackAction::kOpen : TrackAction::kNone;
  const bool flag_changed = std::exchange(incident->flapping, flapping) != flapping;
  if (!notified_ && !flapping) return TrackAction::kEnd;
  if (flag_changed) return TrackAction::kNotify;
  if (!ready) return TrackAction::kNone;
  if (notified_ && *notified_ > incident->worst) return TrackAction::kNotify;
  if (flapping && missing <= 2 * most_missing_) return TrackAction::kRefresh;
  return TrackAction::kCompare;
}

TrackAction IncidentTrack::next(const Judgement& judgement, const UpdateTime& moment,
                                const Settings& settings) {
  const bool ready = is_ready(judgement, moment, settings);
  if (ready && judgement.trouble != notified_) {
    flaps_.count(moment.now, settings);
    notified_ = judgement.trouble;
  }
  const bool flapping = flaps_.at(moment.now, settings) || judgement.is_flapping;
  const TrackAction next = move(ready, flapping, judgement.missing);
  if (next == TrackAction::kOpen) incident.emplace().flapping = flapping;
  const bool may_tell =
      next == TrackAction::kOpen || next == TrackAction::kNotify || next == TrackAction::kCompare;
  if (may_tell) most_missing_ = std::max(most_missing_, judgement.missing);
  if (!incident || next == TrackAction::kEnd) most_missing_ = 0;
  return next;
}

void IncidentTrack::forget() {
  incident.reset();
  notified_.reset();
  waiting_since_.reset();
  most_missing_ = 0;
}

void IncidentTrack::restore(Incident open, TimePoint now) {
  waiting_since_.reset();
  notified_ = open.now;
  if (open.flapping) flaps_.restore(now);
  most_missing_ = open.expected - std::min(open.expected, open.answering);
  version = UINT64_MAX;
  incident = std::move(open);
}

}  // namespace rollcall::watch
