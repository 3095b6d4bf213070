// Service, part 2: checks inventory sources, receivers, certificates, HTTP and threads, and reports
// failures as incidents.

#include <fmt/format.h>

#include <algorithm>

#include "cli/service/service.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDependenciesPause = 1s;
constexpr Duration kCertificatesPause = 1min;
// A source keeps its last good content while it is broken. A source that never had any leaves its
// targets unprobed.
constexpr Duration kSourcePatience = 24h;
constexpr Duration kUnknownSourcePatience = 10min;
constexpr Duration kWorthRecording = 1h;
constexpr Duration kReceiverPatience = 10min;
// A watch that starts while its predecessor ends gets the port a moment later.
constexpr Duration kHttpPatience = 1min;
constexpr Duration kHangPatience = 5min;

}  // namespace

void Service::check_dependencies(TimePoint now) {
  if (now < next_dependencies_) return;
  next_dependencies_ = now + kDependenciesPause;
  read_certificates(now);
  const WallTime wall = clock_.wall();
  log_certificates(wall);
  record_broken_sources(wall);
  const std::string web_problem = web_status_.problem();
  if (std::exchange(web_problem_, web_problem) != web_problem) systemd.status(status_line());
  dependencies_.update(failures(wall), now, wall);
  watch_->set_failed_dependencies(dependencies_.overdue(now));
}

std::vector<DependencyFailure> Service::failures(WallTime wall) const {
  std::vector<DependencyFailure> failures;
  for (const auto& [source, broken] : broken_sources_) {
    const auto targets = fleet_.targets.find(source);
    const bool has_no_content = targets != fleet_.targets.end() && targets->second == 0;
    failures.push_back({"inventory source " + source, broken.why,
                        has_no_content ? kUnknownSourcePatience : kSourcePatience, broken.since});
  }
  if (broken_sources_.empty() && !inventory_problem_.empty()) {
    failures.push_back({"inventory", inventory_problem_,
                        fleet_.table->size() == 0 ? kUnknownSourcePatience : kSourcePatience,
                        std::nullopt});
  }
  for (const alert::ReceiverStatus& receiver : journal_->receivers()) {
    if (!receiver.failing) continue;
    failures.push_back(
        {"receiver " + receiver.name, receiver.last_failure, kReceiverPatience, std::nullopt});
  }
  if (!web_problem_.empty()) {
    failures.push_back(
        {"HTTP server " + config_.http.listen, web_problem_, kHttpPatience, std::nullopt});
  }
  for (const std::string& what : hanging_) {
    failures.push_back({what, what + " does not return", kHangPatience, std::nullopt});
  }
  for (const Certificate& certificate : certificates()) {
    if (!is_expired(certificate, wall)) continue;
    failures.push_back({"certificate " + certificate.path, trouble_of(certificate, wall),
                        Duration{}, certificate.not_after});
  }
  return failures;
}

// Takes over what the watchdog found.
void Service::note_threads() {
  stuck_ = threads_->stuck();
  auto hanging = threads_->hanging();
  if (std::exchange(hanging_, std::move(hanging)) != hanging_) systemd.status(status_line());
}

// Reads on a separate thread, because a file may be on a server that does not answer.
void Service::read_certificates(TimePoint now) {
  if (auto read = certificate_reading_.take()) certificates_ = *std::move(read);
  if (certificate_reading_.is_busy() || now < next_certificates_) return;
  next_certificates_ = now + kCertificatesPause;
  const auto files = certificate_files(config_.alerts);
  if (files.empty()) return;
  certificate_reading_.start(
      [files, progress = threads_->add("certificates")](const std::stop_token&) {
        const SlowOperation patience(progress.get(), "reading the certificates of receivers");
        return cli::read_certificates(files);
      });
}

std::vector<Certificate> Service::certificates() const {
  std::vector<Certificate> all = web_status_.certificates();
  all.insert(all.end(), certificates_.begin(), certificates_.end());
  return all;
}

// Logs each certificate once a day.
void Service::log_certificates(WallTime wall) {
  std::map<std::string, std::int64_t> notified;
  for (const Certificate& certificate : certificates()) {
    const std::string trouble = trouble_of(certificate, wall);
    if (trouble.empty()) continue;
    const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - wall).count();
    // Several uses may name the same file.
    const std::string name = certificate.use + ' ' + certificate.path;
    notified[name] = days;
    const auto before = days_notified.find(name);
    if (before != days_notified.end() && before->second == days) continue;
    if (is_expired(certificate, wall)) {
      log_.error("a certificate has expired", {{"why", trouble}});
    } else {
      log_.warning("a certificate has to be renewed", {{"why", trouble}});
    }
  }
  days_notified = std::move(notified);
}

// Stores since when sources are broken, so that a restart does not reset that time. Each record
// writes the whole inventory, so sources that fail only briefly are not stored.
void Service::record_broken_sources(WallTime wall) {
  std::set<std::string> broken;
  for (const auto& [source, facts] : broken_sources_) {
    if (wall - facts.since >= kWorthRecording) broken.insert(source);
  }
  if (std::exchange(recorded_broken_, broken) == broken) return;
  history::Batch batch;
  batch.inventory = stored_inventory(inventory_at_);
  journal_->record(std::move(batch));
}

history::StoredInventory Service::stored_inventory(WallTime at) const {
  if (broken_sources_.empty()) return {at, *document_};
  auto texts = texts_from(*document_);
  if (!texts) return {at, *document_};
  for (const auto& [source, broken] : broken_sources_) texts->broken[source] = broken.since;
  return {at, to_document(*texts)};
}

}  // namespace rollcall::cli
