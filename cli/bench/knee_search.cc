#include "cli/bench/knee_search.h"

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"

namespace rollcall::bench {

KneeSearch::KneeSearch(const Range& range)
    : high_(range.high), narrowings_(range.narrowings), next_(range.low) {
  ROLLCALL_CHECK(range.low.per_second > 0 && range.low <= range.high);
}

void KneeSearch::note(bool passed) {
  ROLLCALL_CHECK(next_.has_value());
  if (!passed && !failed_once_) {
    failed_once_ = true;
    return;
  }
  failed_once_ = false;
  if (passed) {
    passed_ = *next_;
  } else {
    failed_ = *next_;
  }
  if (failed_) {
    narrow();
  } else if (*next_ < high_) {
    next_ = std::min(PacketRate{next_->per_second * 2}, high_);
  } else {
    next_.reset();
  }
}

void KneeSearch::narrow() {
  const bool hopeless = passed_.per_second == 0;
  if (hopeless || narrowings_ == 0) {
    next_.reset();
    return;
  }
  --narrowings_;
  next_ = PacketRate{std::sqrt(passed_.per_second * failed_->per_second)};
}

}  // namespace rollcall::bench
