#include "cli/web/metrics/metrics.h"

#include <algorithm>
#include <chrono>

#include "scheduler/watch/incidents/silences.h"

namespace rollcall::web {
namespace {

double seconds_since_epoch(WallTime at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

void add_known(MetricFamilies& families, std::string_view name, std::string_view help,
               const std::optional<std::uint64_t>& value) {
  if (value) families.gauge(name, help).add(static_cast<double>(*value));
}

void add_process(MetricFamilies& families, const ProcessFigures& process, WallTime started_at) {
  if (process.cpu_s) {
    families.counter("process_cpu_seconds_total", "Processor time, user and system.")
        .add(*process.cpu_s);
  }
  families.gauge("process_start_time_seconds", "When the watch started, since the Unix epoch.")
      .add(seconds_since_epoch(started_at));
  add_known(families, "process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
  add_known(families, "process_virtual_memory_bytes", "Virtual memory.", process.virtual_bytes);
  add_known(families, "process_open_fds", "Open file descriptors.", process.open_descriptors);
  add_known(families, "process_max_fds", "Limit on open file descriptors.",
            process.descriptors_max);
  add_known(families, "process_threads", "Threads.", process.threads);
}

void add_receivers(MetricFamilies& families, const FleetSnapshot& view) {
  families.gauge("rollcall_alerts_waiting", "Messages that the receiver has not taken yet.");
  for (const auto& receiver : view.receivers) {
    families.add(static_cast<double>(receiver.waiting), {{"receiver", receiver.name}});
  }
  families.counter("rollcall_alerts_ended_total",
                   "Messages that the receiver took or refused, or that were given up.");
  for (const auto& receiver : view.receivers) {
    families.add(static_cast<double>(receiver.ended), {{"receiver", receiver.name}});
  }
  families.gauge("rollcall_receiver_failing", "1: the receiver does not take what it is sent.");
  for (const auto& receiver : view.receivers) {
    families.add(receiver.failing, {{"receiver", receiver.name}});
  }
}

}  // namespace

std::string metrics_text(const FleetSnapshot& view, const ScrapeValues& scrape,
                         Exposition exposition) {
  MetricFamilies families;
  add_fleet(families, view);
  add_groups(families, view);
  add_sweeps(families, view);
  add_host_loss(families, view, scrape);
  return families.text(exposition);
}

void add_fleet(MetricFamilies& families, const FleetSnapshot& view) {
  families.gauge("rollcall_targets", "Targets (address and port) by what is held to be true.");
  for (std::size_t i = 0; i < watch::kTargetStates; ++i) {
    families.add(view.counts[i], {{"state", to_string(static_cast<watch::TargetState>(i))}});
  }
  std::uint64_t answering = 0;
  std::uint64_t missing = 0;
  std::uint64_t never_answered = 0;
  for (const watch::GroupStatus& group : view.groups) {
    answering += group.figures.answering;
    missing += group.figures.missing;
    never_answered += group.figures.never_answered;
  }
  families
      .gauge("rollcall_addresses",
             "Addresses by whether they answer on any port; one of several groups counts in each.")
      .add(static_cast<double>(answering), {{"state", "answering"}})
      .add(static_cast<double>(missing), {{"state", "missing"}})
      .add(static_cast<double>(never_answered), {{"state", "never-answered"}});
  families.gauge("rollcall_incidents_open", "Incidents that are open.")
      .add(static_cast<double>(view.incidents.size()));
  const auto active = std::ranges::count_if(view.silences, [&](const watch::Silence& silence) {
    return watch::is_active(silence, view.at);
  });
  families.gauge("rollcall_silences_active", "Maintenance windows that hold now.")
      .add(static_cast<double>(active));
}

void add_host_loss(MetricFamilies& families, const FleetSnapshot& view,
                   const ScrapeValues& scrape) {
  families
      .gauge("rollcall_ready",
             "1: the newest sound sweep is younger than two intervals, as /-/ready has it.")
      .add(view.is_ready(scrape.now));
  families.gauge("rollcall_inventory_problem", "1: the inventory that was read last is refused.")
      .add(!view.inventory_problem.empty());
  families.gauge("rollcall_inventory_source_problem_seconds",
                 "For how long the newest content of a source is not in use; 0: it is.");
  for (const SourceFigures& source : view.sources) {
    const bool is_broken = !source.problem.empty();
    families.add(is_broken ? std::chrono::duration<double>(view.at - source.since).count() : 0,
                 {{"source", source.name}});
  }
  families
      .gauge("rollcall_inventory_timestamp_seconds",
             "When the inventory in use was taken, since the Unix epoch.")
      .add(seconds_since_epoch(view.inventory_at));
  families
      .gauge("rollcall_http_problem",
             "1: HTTP is not served as configured, for want of the token or by another "
             "web.config than the newest.")
      .add(!view.web_problem.empty());
  families.gauge("rollcall_certificate_expiry_timestamp_seconds",
                 "When a certificate that the watch shows or trusts ends, since the Unix epoch.");
  for (const cli::Certificate& certificate : view.certificates) {
    families.add(seconds_since_epoch(certificate.not_after),
                 {{"file", certificate.path}, {"use", certificate.use}});
  }
  families.gauge("rollcall_history_rows_waiting", "Rows that the history could not write yet.")
      .add(static_cast<double>(view.rows_waiting));
  add_receivers(families, view);
  families.gauge("rollcall_vantage_info", "1; site and name of this vantage.")
      .add(1, {{"site", view.site}, {"vantage", view.vantage}});
  families.gauge("rollcall_build_info", "1; what runs here.")
      .add(1, {{"version", ROLLCALL_VERSION}});
  add_process(families, scrape.process, view.started_at);
}

}  // namespace rollcall::web
