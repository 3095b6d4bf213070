#include "scheduler/watch/incident_track.h"

#include <algorithm>
#include <utility>

namespace rollcall::watch {

bool IncidentTrack::is_ready(const Judgement& judgement, const Moment& moment,
                             const Settings& settings) {
  if (judgement.trouble == told_ && !judgement.is_other) {
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

Move IncidentTrack::move(bool ready, bool flapping, std::uint32_t missing) {
  if (!incident) return ready && told_ ? Move::kOpen : Move::kNone;
  const bool flag_changed = std::exchange(incident->flapping, flapping) != flapping;
  if (!told_ && !flapping) return Move::kEnd;
  if (flag_changed) return Move::kTell;
  if (!ready) return Move::kNone;
  if (told_ && *told_ > incident->worst) return Move::kTell;
  if (flapping && missing <= 2 * most_missing_) return Move::kRefresh;
  return Move::kCompare;
}

Move IncidentTrack::next(const Judgement& judgement, const Moment& moment,
                         const Settings& settings) {
  const bool ready = is_ready(judgement, moment, settings);
  if (ready && judgement.trouble != told_) {
    flaps_.count(moment.now, settings);
    told_ = judgement.trouble;
  }
  const bool flapping = flaps_.at(moment.now, settings) || judgement.is_flapping;
  const Move next = move(ready, flapping, judgement.missing);
  if (next == Move::kOpen) incident.emplace().flapping = flapping;
  const bool may_tell = next == Move::kOpen || next == Move::kTell || next == Move::kCompare;
  if (may_tell) most_missing_ = std::max(most_missing_, judgement.missing);
  if (!incident || next == Move::kEnd) most_missing_ = 0;
  return next;
}

void IncidentTrack::forget() {
  incident.reset();
  told_.reset();
  waiting_since_.reset();
  most_missing_ = 0;
}

void IncidentTrack::restore(Incident open, TimePoint now) {
  waiting_since_.reset();
  told_ = open.now;
  if (open.flapping) flaps_.restore(now);
  most_missing_ = open.expected - std::min(open.expected, open.answering);
  version = UINT64_MAX;
  incident = std::move(open);
}

}  // namespace rollcall::watch
