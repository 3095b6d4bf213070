#include "scheduler/sweep/sweep_result.h"

#include <algorithm>

namespace rollcall::sweep {
namespace {

constexpr int kOk = 0;
constexpr int kWarning = 1;
constexpr int kCritical = 2;
constexpr int kUnknown = 3;

bool any_group(const SweepResult& result, auto&& predicate) {
  return std::ranges::any_of(result.groups_not_up, predicate);
}

bool has_unknown(const SweepResult& result) {
  return result.counts[static_cast<std::size_t>(verdict::TargetVerdict::kUnknown)] > 0 ||
         any_group(result, [](const verdict::GroupReport& group) {
           return group.verdict == verdict::GroupVerdict::kUnknown;
         });
}

}  // namespace

// A confirmed outage decides, even if another target is unknown. But "every address is bound, some
// service is closed" requires that no target is unknown. If this host's path was not sound,
// nothing is certain.
int exit_code(const SweepResult& result) {
  if (!result.sound) return kUnknown;
  if (any_group(result, [](const auto& group) { return group.missing > 0; })) return kCritical;
  if (!result.conclusive || has_unknown(result)) return kUnknown;
  const bool any_closed =
      any_group(result, [](const auto& group) { return !group.not_as_expected.empty(); });
  return any_closed ? kWarning : kOk;
}

}  // namespace rollcall::sweep
