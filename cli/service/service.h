// Service runs the watch: it schedules sweeps, judges their results and reports changes. Start
// here.
//
//   Schedule ──due targets──> sweep thread (run_sweep) ──result──> Watch ──changes──> Journal
//   sources ──loading thread──> LoadedFleet ──between two sweeps──> Watch, Schedule
//   HTTP threads ──ServiceQueue──> service's thread ──FleetSnapshot──> SnapshotPublisher ──> HTTP
//
// Threading: start() and run() on one thread, which owns all state; other threads use only calls(),
//            publisher(), web_status() and threads().
// Ownership: owns everything but clock and log.
// Units:     monotonic time for decisions; wall time for display.
// Errors:    start() fails only where a retry cannot help, and its error contains the fix. Later
//            errors are logged and shown, and the last good state stays in use.
// Cost:      ten rounds a second; see Watch and Journal for the cost of a sweep.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/run/run_sweep.h"
#include "cli/service/async_task.h"
#include "cli/service/coverage.h"
#include "cli/service/dependencies.h"
#include "cli/service/inventory/fleet_source.h"
#include "cli/service/journal/journal.h"
#include "cli/service/process/systemd_notifier.h"
#include "cli/service/rollups.h"
#include "cli/service/service_queue.h"
#include "cli/service/snapshot/snapshot_publisher.h"
#include "cli/service/snapshot/target_details.h"
#include "cli/service/snapshot/web_status.h"
#include "engine/base/heartbeat.h"
#include "scheduler/watch/schedule.h"
#include "scheduler/watch/watch.h"

namespace rollcall::cli {

// run_sweep() of run_sweep.h, or a replacement by a test.
using RunSweep = std::function<Result<sweep::SweepResult>(const inventory::TargetTable&,
                                                          const SweepRequest&, const SweepHooks&)>;

// How this service probes: with `request`, except for its epoch and preflight.
struct Probing {
  RunSweep run_sweep;
  SweepRequest request;
};

class Service {
 public:
  // `threads`: the registry that the watchdog checks.
  static Result<std::unique_ptr<Service>> start(
      Config config, Probing probing, const Clock& clock, const Log& log,
      std::shared_ptr<ThreadRegistry> threads = std::make_shared<ThreadRegistry>());

  // Runs until a signal ends it. kPermission when this process may not probe at all.
  Result<void> run();

  ServiceQueue& calls() { return queue_; }
  // Publishes a snapshot after each change, for all readers.
  web::SnapshotPublisher& publisher() { return publisher_; }
  // The HTTP server reports its own status here.
  web::WebStatus& web_status() { return web_status_; }
  ThreadRegistry& threads() { return *threads_; }

  // The functions below are for the service's thread only.
  // Does what is due now; run() calls it ten times a second.
  void round();
  Result<watch::Silence> add_silence(watch::Silence silence);
  Result<watch::Silence> end_silence(const std::string& id);
  Result<void> set_note(watch::Note note);
  Result<void> verified(const watch::VerificationRecord& verification);
  // Sweeps the group, or the whole fleet when `group` is "", after the sweep under way. Returns the
  // number of targets.
  Result<std::size_t> sweep_now(const std::string& group);
  void send_test() { journal_->send_test(); }
  std::vector<alert::ReceiverStatus> receivers() const { return journal_->receivers(); }
  // Reads the sources again. It has ended when is_reloading() is false; inventory_problem() then
  // gives the result.
  void reload(Accepted accepted);
  const std::string& inventory_problem() const { return inventory_problem_; }
  std::size_t targets() const { return fleet_.table->size(); }
  bool is_reloading() const { return load_.is_busy() || loads_again_ || waiting_fleet_; }

 private:
  struct SweepDone {
    std::shared_ptr<const inventory::TargetTable> table;
    TimePoint started;
    WallTime started_wall;
    Duration interval{};
    std::vector<std::string> notes;
    Result<sweep::SweepResult> result;
    bool refused = false;  // by the preflight: sending would harm the targets
  };
  struct Loaded {
    std::shared_ptr<const std::string> reads;     // as read from the sources
    std::shared_ptr<const std::string> document;  // source texts of the fleet
    std::optional<LoadedFleet> fleet;             // nullopt: unchanged
    bool is_judged = false;                       // false: the members below are unchanged too
    std::vector<SourceProblem> problems;
    std::vector<std::string> remarks;
    std::optional<Result<Config>> config;  // if it was read again
  };
  struct LoadJob {
    Accepted accepted;
    bool rebuild = false;      // even if the sources are unchanged
    bool read_config = false;  // read its file again
  };
  struct BrokenSource {
    std::string why;
    WallTime since{};
    std::int64_t days_notified = 0;
  };

  Service(Config config, Probing probing, const Clock& clock, const Log& log,
          std::shared_ptr<ThreadRegistry> threads);

  // service_fleet.cc
  void read_memory(TimePoint now, std::chrono::milliseconds longest);
  void take_remembered_document(const history::StoredInventory& remembered);
  void rebuild_from(const history::StoredInventory& remembered);
  void merge_memory();
  Result<void> first_fleet();
  void start_loading(LoadJob job);
  Result<Loaded> load(const Config& config, const LoadJob& job, const inventory::Notes& said,
                      const Loaded& before, ThreadProgress& progress, const std::stop_token& stop);
  void take_loaded(Result<Loaded> loaded);
  void set_next_refresh();
  void note_problems(const Loaded& loaded);
  void take_config(const Result<Config>& config);
  void apply_config();
  void remind_of_broken_sources();
  void adopt_fleet();
  void refuse_fleet(const std::string& why);
  inventory::Notes said_notes() const;

  // service_dependencies.cc
  void check_dependencies(TimePoint now);
  void note_threads();
  std::vector<DependencyFailure> failures(WallTime wall) const;
  void read_certificates(TimePoint now);
  std::vector<Certificate> certificates() const;
  void log_certificates(WallTime wall);
  void record_broken_sources(WallTime wall);
  history::StoredInventory stored_inventory(WallTime at) const;

  // service_snapshot.cc
  TimePoint ready_until() const;
  // `is_content`: there is another inventory, sweep, silence or note.
  void publish(bool is_content);
  void publish_if_stale();
  bool is_stale() const;
  std::vector<std::string> names_without_group(const std::vector<watch::Silence>& silences) const;
  void log_names_without_group();
  void log_missed_intervals();

  // service.cc
  void begin_due(TimePoint now);
  Duration longest_sweep(std::size_t targets) const;
  void check_unjudged(TimePoint now);
  std::vector<TargetIndex> targets_of(const std::string& group) const;
  std::vector<TargetIndex> witnesses_for(std::span<const TargetIndex> asked) const;
  SweepDone sweep(std::shared_ptr<const inventory::TargetTable> table, SweepRequest request,
                  Duration interval, Duration longest, const std::stop_token& stop);
  void take_sweep(SweepDone done);
  void take_result(const SweepDone& done, const sweep::SweepResult& result);
  void note_failed_sweep(const Error& error);
  void schedule_rechecks(TimePoint started);
  void roll_up(const SweepDone& done);
  void record_everything();
  std::string status_line() const;
  void finish();

  Config config_;
  RunSweep run_sweep_;
  const Clock& clock_;
  const Log& log_;
  std::shared_ptr<ThreadRegistry> threads_;
  std::shared_ptr<ThreadProgress> progress_;  // of the service's thread
  SystemdNotifier systemd;
  ServiceQueue queue_;
  std::unique_ptr<Journal> journal_;

  LoadedFleet fleet_;
  std::shared_ptr<const std::string> document_;  // that the fleet was built from
  std::shared_ptr<const std::string> reads_;     // what was read from the sources then
  SourceReader source_reader_;
  std::map<std::string, BrokenSource> broken_sources_;
  std::map<std::string, WallTime> broken_before_;  // the start, from the history
  std::set<std::string> recorded_broken_;          // broken for an hour or more, as stored
  std::vector<std::string> source_remarks_;
  std::optional<Config> waiting_config_;      // until the sweep under way has ended
  std::string said_missed_;                   // why_intervals_are_missed(), as logged last
  std::vector<std::string> said_names_;       // names without a group, as logged last
  std::string config_problem_;                // why the file is not in use, or needs a restart
  std::map<std::string, watch::Note> notes_;  // that operators set, by group
  std::optional<RestoredHistory> memory_;     // read, but not merged: no fleet
  TimePoint next_memory_read_{};
  std::optional<watch::Watch> watch_;
  std::optional<watch::Schedule> schedule_;
  WallTime inventory_at_{};
  std::string inventory_problem_;
  LoadJob load_job_;
  std::optional<LoadJob> loads_again_;
  bool is_load_outdated_ = false;        // the running load compares with the wrong inventory
  std::optional<Loaded> waiting_fleet_;  // until the sweep under way has ended
  TimePoint next_refresh_{};

  SweepRequest request_;
  std::set<std::string> wanted_;    // groups to sweep as soon as possible; "": the fleet
  std::vector<TargetIndex> asked_;  // targets of the sweep under way
  std::optional<watch::SweepSummary> last_sweep_;
  std::string sweep_problem_;
  std::set<std::string> said_;  // notes of sweeps that were logged
  TimePoint next_preflight_{};
  Rollups rollups_;
  TimePoint next_rollups_{};
  Heartbeat sweep_beat_;
  TimePoint sweep_began_{};
  TimePoint sweep_ends_by_{};  // time limit of the sweep under way
  WallTime started_at_;
  std::optional<Error> fatal_;

  Dependencies dependencies_;
  TimePoint next_dependencies_{};
  web::WebStatus web_status_;
  std::string web_problem_;                // as logged and shown last
  std::vector<std::string> hanging_;       // operations that do not return, as shown last
  std::string stuck_;                      // threads, as shown last
  std::vector<Certificate> certificates_;  // of receivers
  std::map<std::string, std::int64_t> days_notified;  // days left, as logged last, by use and file
  TimePoint next_certificates_{};

  TargetDetails target_details_;
  std::shared_ptr<const web::FleetFacts> facts_;
  sweep::PathFigures last_path_;
  web::SweepTotals totals_;
  Coverage coverage_;
  std::uint64_t content_version_ = 0;
  web::SnapshotPtr published_;
  web::SnapshotPublisher publisher_;

  AsyncTask<std::vector<Certificate>> certificate_reading_;
  AsyncTask<Result<Loaded>> load_;
  AsyncTask<SweepDone> sweep_;  // last: threads must end before what they use
};

}  // namespace rollcall::cli
