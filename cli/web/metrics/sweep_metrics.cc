// Writes the metrics of sweeps, probes and replies.

#include <chrono>

#include "cli/web/metrics/metrics.h"

namespace rollcall::web {
namespace {

using verdict::Evidence;

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void add_counter(MetricFamilies& families, std::string_view name, std::string_view help,
                 std::uint64_t value) {
  families.counter(name, help).add(static_cast<double>(value));
}

struct Kind {
  Evidence evidence;
  std::string_view name;
};

void add_by_evidence(MetricFamilies& families, std::string_view label,
                     const std::array<std::uint64_t, verdict::kEvidences>& counts,
                     std::initializer_list<Kind> kinds) {
  for (const Kind& kind : kinds) {
    families.add(static_cast<double>(counts[static_cast<std::size_t>(kind.evidence)]),
                 {{label, kind.name}});
  }
}

void add_last_sweep(MetricFamilies& families, const FleetSnapshot& view) {
  families.gauge("rollcall_sweep_running", "1: a sweep is under way.").add(view.is_sweeping);
  families.gauge("rollcall_sweep_problem", "1: the newest sweep failed, and judged nothing.")
      .add(!view.sweep_problem.empty());
  families
      .gauge("rollcall_sweep_interval_seconds",
             "Between two sweeps of a target, as configured; groups and ports may have their own.")
      .add(seconds_of(view.fleet_interval));
  if (!view.last_sweep) return;
  const watch::SweepSummary& sweep = *view.last_sweep;
  families
      .gauge("rollcall_vantage_healthy",
             "1: the newest sweeps judged all that they could ask, so that this host can tell.")
      .add(view.degraded_reason.empty());
  families
      .gauge("rollcall_last_sweep_timestamp_seconds",
             "When the newest sweep that did not fail began, since the Unix epoch.")
      .add(seconds_of(sweep.started_at.time_since_epoch()));
  families.gauge("rollcall_last_sweep_duration_seconds", "How long it took.")
      .add(seconds_of(sweep.duration));
  families.gauge("rollcall_last_sweep_probes_per_second", "Probes over the time spent sending.")
      .add(sweep.rate_pps);
  families
      .gauge("rollcall_last_sweep_loss_ratio",
             "Share of those that answered, but not their first probe.")
      .add(view.last_path.loss);
}

void add_replies(MetricFamilies& families, const SweepTotals& totals) {
  families.counter("rollcall_replies_total", "Replies by what they were, one a probe at most.");
  add_by_evidence(families, "kind", totals.syns,
                  {{Evidence::kOpen, "syn_ack"},
                   {Evidence::kRefused, "rst"},
                   {Evidence::kRejected, "icmp_rejected"},
                   {Evidence::kBusy, "busy"},
                   {Evidence::kUnreachable, "icmp_unreachable"}});
  families.counter("rollcall_probes_without_reply_total",
                   "Probes without one: in vain, while this host could not hear, or never sent.");
  add_by_evidence(families, "why", totals.syns,
                  {{Evidence::kTimeout, "timeout"},
                   {Evidence::kUnheard, "unheard"},
                   {Evidence::kNotSent, "not_sent"}});
  add_counter(families, "rollcall_replies_late_total",
              "Replies to an earlier probe than the one under way.", totals.late);
  add_counter(families, "rollcall_replies_duplicate_total", "Replies that came once more.",
              totals.duplicate);
  families.counter("rollcall_replies_rejected_total",
                   "Frames that passed the kernel's filter but prove nothing.");
  for (std::size_t i = 0; i < totals.rejected.size(); ++i) {
    families.add(static_cast<double>(totals.rejected[i]),
                 {{"reason", to_string(static_cast<packet::RejectReason>(i))}});
  }
  families.counter("rollcall_connects_total", "Full connects to failing targets.");
  add_by_evidence(families, "result", totals.connects,
                  {{Evidence::kOpen, "ok"},
                   {Evidence::kRefused, "refused"},
                   {Evidence::kRejected, "rejected"},
                   {Evidence::kTimeout, "timeout"},
                   {Evidence::kUnreachable, "unreachable"},
                   {Evidence::kUnheard, "unheard"},
                   {Evidence::kNotSent, "local_error"}});
}

void add_path(MetricFamilies& families, const SweepTotals& totals) {
  add_counter(families, "rollcall_send_errors_total", "Frames that the kernel would not take.",
              totals.send_errors);
  families
      .counter("rollcall_path_drops_total",
               "Frames that this host lost: in our own ring, in the capture's, in the kernel.")
      .add(static_cast<double>(totals.ring_drops), {{"where", "ring"}})
      .add(static_cast<double>(totals.capture_drops), {{"where", "capture"}})
      .add(static_cast<double>(totals.kernel_drops), {{"where", "kernel"}});
  add_counter(families, "rollcall_path_slices_total",
              "Slices of 250 ms in which this host watched its own losses.", totals.slices);
  add_counter(families, "rollcall_path_unsound_slices_total",
              "Slices in which an answer might have been lost: silence in them does not count.",
              totals.unsound_slices);
}

}  // namespace

void add_sweeps(MetricFamilies& families, const FleetSnapshot& view) {
  const SweepTotals& totals = view.totals;
  add_last_sweep(families, view);
  families
      .counter("rollcall_sweeps_total",
               "Sweeps of the fleet or a part of it; inconclusive: something was not judged.")
      .add(static_cast<double>(totals.conclusive), {{"outcome", "conclusive"}})
      .add(static_cast<double>(totals.inconclusive), {{"outcome", "inconclusive"}})
      .add(static_cast<double>(totals.failed), {{"outcome", "failed"}});
  add_counter(families, "rollcall_missed_turns_total",
              "Turns that began too late because the sweep before them still ran.",
              view.missed_turns);
  families.histogram("rollcall_sweep_duration_seconds", "How long sweeps took.", kDurationBounds_ms,
                     1e3, totals.durations.counts, totals.durations.sum_s);
  add_counter(families, "rollcall_probes_sent_total", "SYNs to targets.", totals.probes_sent);
  add_counter(families, "rollcall_canary_probes_sent_total", "SYNs to canaries.",
              totals.canary_probes);
  add_replies(families, totals);
  families.histogram("rollcall_probe_rtt_seconds",
                     "From a probe to its reply; one for each target that answers, a sweep.",
                     kRttBounds_us, 1e6, totals.rtts.counts, totals.rtts.sum_s);
  add_path(families, totals);
}

}  // namespace rollcall::web
