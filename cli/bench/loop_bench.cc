#include "cli/bench/loop_bench.h"

#include <algorithm>

namespace rollcall::bench {
namespace {

// After a stall, the pacer does not make up for missed probes, so the reached rate is slightly
// lower.
constexpr double kReached = 0.95;
// A busy machine may miss even low rates. The search continues while the sent rate still grows.
constexpr double kGrown = 1.1;

}  // namespace

bool passes(const LoopStep& step, double best_pps) {
  const bool worth_more =
      step.sent_pps >= kReached * step.asked_pps || step.sent_pps >= kGrown * best_pps;
  return step.lost() == 0 && worth_more;
}

Result<LoopFigures> measure_loop(const KneeSearch::Range& range, const AskAtRate& ask,
                                 const std::function<bool()>& interrupted) {
  KneeSearch search(range);
  LoopFigures figures;
  while (search.next() && !interrupted()) {
    auto step = ask(*search.next());
    if (!step) return std::unexpected(step.error());
    search.note(passes(*step, figures.loss_free_pps));
    // A step without loss counts, also if it did not reach the requested rate.
    if (step->lost() == 0) figures.loss_free_pps = std::max(figures.loss_free_pps, step->sent_pps);
    figures.reached_pps = std::max(figures.reached_pps, step->verified_pps());
    figures.steps.push_back(*step);
  }
  return figures;
}

}  // namespace rollcall::bench
