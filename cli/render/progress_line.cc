#include "cli/render/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/terminal_line.h"

namespace rollcall::cli {
namespace {

constexpr Duration kInterval = std::chrono::milliseconds(100);

std::string short_count(double n) {
  if (n >= 1e6) return fmt::format("{:.2f}M", n / 1e6);
  if (n >= 1e4) return fmt::format("{:.1f}k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

}  // namespace

std::string progress_text(const sweep::Progress& progress, double sent_per_second,
                          const Pace& pace) {
  const double done = 100.0 * progress.settled / std::max(1u, progress.targets);
  // A measurement over 100 ms may include part of an extra batch, so the shown rate could exceed
  // the limit. The pacer keeps the limit.
  const double shown = std::min(sent_per_second, pace.limit.per_second);
  std::string text = fmt::format("{}/s  {:.1f}% of {} done  {} answer", short_count(shown), done,
                                 short_count(progress.targets), short_count(progress.answering));
  if (progress.asked < progress.targets) {
    const double left = (progress.targets - progress.asked) / pace.planned.per_second;
    text += fmt::format("  about {:.0f} s left{}", left + 1,
                        pace.is_slowed_by_group_rate ? ", limited by --group-rate" : "");
  } else if (progress.rechecking > 0) {
    text += fmt::format("  confirming {} by connect", short_count(progress.rechecking));
  } else if (progress.settled < progress.targets) {
    text += fmt::format("  asking {} again", short_count(progress.targets - progress.settled));
  }
  return text;
}

void ProgressLine::show(const sweep::Progress& progress, TimePoint now) {
  if (!enabled_ || (last_at_ && now - *last_at_ < kInterval)) return;
  double per_second = 0;
  if (last_at_) {
    const std::chrono::duration<double> elapsed = now - *last_at_;
    per_second = static_cast<double>(progress.probes_sent - last_sent_) / elapsed.count();
  }
  last_at_ = now;
  last_sent_ = progress.probes_sent;
  rewrite_line(progress_text(progress, per_second, pace_));
  shown_ = true;
}

ProgressLine::~ProgressLine() {
  if (shown_) rewrite_line("");
}

}  // namespace rollcall::cli
