// Service, part 3: loads the first fleet, reloads the sources and the configuration, and adopts the
// result between sweeps.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>

#include <chrono>
#include <thread>

#include "cli/config/config_changes.h"
#include "cli/config/parse_config.h"
#include "cli/service/capacity.h"
#include "cli/service/service.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

// The start waits this long for the sources.
constexpr Duration kWaitWithInventory = 1s;
constexpr Duration kWaitWithoutInventory = 10s;
constexpr Duration kMemoryPause = 5s;  // between two attempts to read the history
constexpr Duration kRetry = 10s;       // while there is no target at all

}  // namespace

inventory::Notes Service::said_notes() const {
  inventory::Notes said;
  for (const auto& [group, note] : notes_) said[group] = note.text;
  return said;
}

// Runs at the start, and again while the history cannot be read (ADR 33). Sweeps continue
// meanwhile.
void Service::read_memory(TimePoint now, std::chrono::milliseconds longest) {
  if (memory_ || !journal_->is_unread() || now < next_memory_read_) return;
  next_memory_read_ = now + kMemoryPause;
  memory_ = journal_->read_memory(longest);
  if (!memory_) return;
  for (const watch::Note& note : memory_->notes) notes_.try_emplace(note.group, note);
  if (!watch_) return;  // first_fleet() merges it
  if (memory_->inventory) rebuild_from(*memory_->inventory);
  merge_memory();
}

// Keeps the times since when sources are broken apart from the document, because the sources may be
// readable by now.
void Service::take_remembered_document(const history::StoredInventory& remembered) {
  document_ = std::make_shared<const std::string>(remembered.text);
  auto texts = texts_from(remembered.text);
  if (!texts || texts->broken.empty()) return;
  broken_before_ = std::exchange(texts->broken, {});
  document_ = std::make_shared<const std::string>(to_document(*texts));
}

// Compares the sources with the inventory that was in use before the start, as if it had been known
// then.
void Service::rebuild_from(const history::StoredInventory& remembered) {
  take_remembered_document(remembered);
  waiting_fleet_.reset();
  is_load_outdated_ = load_.is_busy();
  LoadJob job = is_load_outdated_ ? load_job_ : LoadJob{};
  job.rebuild = true;
  start_loading(job);
}

// Waits for the first targets: merging into an empty fleet would end all restored incidents.
void Service::merge_memory() {
  if (!memory_ || fleet_.table->size() == 0) return;
  const RestoredHistory memory = *std::exchange(memory_, std::nullopt);
  const TimePoint now = clock_.now();
  auto ends = watch_->restore(memory.persisted_state, now, clock_.wall());
  dependencies_.restore(memory.persisted_state.open, now, clock_.wall());
  watch_->set_failed_dependencies(dependencies_.overdue(now));
  target_details_.restore(*watch_, memory.targets);
  history::Batch batch;
  batch.inventory = stored_inventory(inventory_at_);
  journal_->resume(std::move(batch), std::move(ends), watch_->persisted_state(now));
  schedule_rechecks(now);
  if (published_) publish(true);
}

// Uses the sources, or the stored texts when reading takes too long. A later read is adopted like
// any other change.
Result<void> Service::first_fleet() {
  std::shared_ptr<const std::string> document;
  std::optional<LoadedFleet> old;
  const auto remembered = memory_ ? memory_->inventory : std::nullopt;
  if (remembered) {
    const auto texts = texts_from(remembered->text);
    auto fleet = texts ? build_fleet(config_, *texts, said_notes(), request_.seed)
                       : Result<LoadedFleet>(std::unexpected(texts.error()));
    if (fleet) {
      take_remembered_document(*remembered);
      document = document_;
      old = *std::move(fleet);
    } else {
      log_.warning("the remembered inventory is of no use", {{"error", fleet.error().to_string()}});
    }
  }
  start_loading({.rebuild = true});
  const auto deadline =
      std::chrono::steady_clock::now() + (old ? kWaitWithInventory : kWaitWithoutInventory);
  std::optional<Result<Loaded>> loaded;
  while (!(loaded = load_.take()) && std::chrono::steady_clock::now() < deadline &&
         !ServiceSignals::stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const bool is_fresh = loaded && *loaded && (*loaded)->fleet;
  inventory_at_ = old && !is_fresh ? remembered->at : clock_.wall();
  if (is_fresh) {
    Loaded& first = **loaded;
    note_problems(first);
    // If every source fell back, the inventory is unchanged.
    if (document && *document == *first.document) inventory_at_ = remembered->at;
    document_ = first.document;
    reads_ = first.reads;
    fleet_ = *std::move(first.fleet);
  } else if (old) {
    fleet_ = *std::move(old);
    refuse_fleet(loaded ? loaded->error().to_string()
                        : "the sources have not been read yet; the remembered inventory is in use");
  } else {
    auto empty = build_fleet(config_, {}, {}, request_.seed);
    if (!empty) return std::unexpected(empty.error());
    fleet_ = *std::move(empty);
    document_ = std::make_shared<const std::string>(to_document(FleetTexts{}));
    refuse_fleet(loaded && !*loaded ? loaded->error().to_string()
                                    : "the sources have not been read yet");
  }
  watch_.emplace(fleet_.table, config_.judgement);
  schedule_.emplace(*fleet_.table, config_.sweep.intervals, clock_.now());
  watch_->set_intervals(schedule_->interval_classes());
  coverage_.begin(*schedule_, *fleet_.table);
  target_details_.begin(*fleet_.table);
  facts_ = std::make_shared<const web::FleetFacts>(fleet_.table);
  merge_memory();
  set_next_refresh();
  log_names_without_group();
  log_missed_intervals();
  return {};
}

// Retries soon while the fleet has no target, even if the refresh interval is an hour.
void Service::set_next_refresh() {
  const Duration pause = fleet_.table->size() > 0 ? config_.inventory.refresh
                                                  : std::min(config_.inventory.refresh, kRetry);
  next_refresh_ = clock_.now() + pause;
}

void Service::start_loading(LoadJob job) {
  if (load_.is_busy()) {
    if (loads_again_) {
      job.accepted.shrink = job.accepted.shrink || loads_again_->accepted.shrink;
      job.accepted.growth = job.accepted.growth || loads_again_->accepted.growth;
      job.rebuild = job.rebuild || loads_again_->rebuild;
      job.read_config = job.read_config || loads_again_->read_config;
    }
    loads_again_ = job;
    return;
  }
  load_job_ = job;
  // A waiting fleet is newer than the fleet in use.
  Loaded before;
  before.document = waiting_fleet_ ? waiting_fleet_->document : document_;
  before.reads = waiting_fleet_ ? waiting_fleet_->reads : reads_;
  load_.start([this, job, before, said = said_notes(), config = waiting_config_.value_or(config_),
               progress = threads_->add("loader")](const std::stop_token& stop) {
    ::prctl(PR_SET_NAME, "rc-loader");
    try {
      return load(config, job, said, before, *progress, stop);
    } catch (const std::exception& exception) {  // mostly out of memory
      return Result<Loaded>(fail(ErrorCode::kSystem, exception.what()));
    }
  });
}

// Runs on the loader thread. Only one load runs at a time, so only one thread uses
// `source_reader_`.
Result<Service::Loaded> Service::load(const Config& former_config, const LoadJob& job,
                                      const inventory::Notes& said, const Loaded& before,
                                      ThreadProgress& progress, const std::stop_token& stop) {
  Loaded loaded = before;
  if (job.read_config && !former_config.path.empty()) {
    const SlowOperation patience(&progress, "reading " + former_config.path);
    loaded.config = load_config(former_config.path);
  }
  const bool is_other_config =
      loaded.config && *loaded.config && !builds_alike(**loaded.config, former_config);
  const Config& config = is_other_config ? **loaded.config : former_config;
  const SourceReads reads =
      source_reader_.read_all(config.inventory, stop, [&progress] { progress.beat(); });
  // Building a large inventory takes as long after a restart, so a restart would not help.
  const SlowOperation patience(&progress, "building the inventory");
  loaded.reads = std::make_shared<const std::string>(to_document(reads));
  const bool is_new = is_other_config || job.rebuild || job.accepted.shrink || job.accepted.growth;
  if (!is_new && before.reads && *before.reads == *loaded.reads) return loaded;
  auto former = before.document ? texts_from(*before.document)
                                : Result<FleetTexts>(fail(ErrorCode::kInput, "none"));
  auto choice =
      choose_fleet(config, reads, former ? &*former : nullptr, said, request_.seed, job.accepted);
  if (!choice) return std::unexpected(choice.error());
  loaded.is_judged = true;
  loaded.problems = std::move(choice->problems);
  loaded.remarks = std::move(choice->remarks);
  loaded.document = std::make_shared<const std::string>(to_document(choice->texts));
  if (loaded.document->size() > history::kInventoryBytesMax) {
    return fail(ErrorCode::kInput, fmt::format("the sources are longer than {} MB together",
                                               history::kInventoryBytesMax >> 20));
  }
  const bool is_same = before.document && *before.document == *loaded.document;
  if (!is_same || job.rebuild || is_other_config) loaded.fleet = std::move(choice->fleet);
  return loaded;
}

void Service::take_loaded(Result<Loaded> loaded) {
  set_next_refresh();
  if (std::exchange(is_load_outdated_, false)) {
    // The next load reads the sources again.
  } else if (!loaded) {
    refuse_fleet(loaded.error().to_string());
  } else {
    note_problems(*loaded);
    if (loaded->config) take_config(*loaded->config);
    if (loaded->fleet) {
      waiting_fleet_ = *std::move(loaded);
    } else {
      (waiting_fleet_ ? waiting_fleet_->reads : reads_) = loaded->reads;
    }
  }
  if (!waiting_fleet_) systemd.ready(status_line());
  if (const auto again = std::exchange(loads_again_, std::nullopt)) start_loading(*again);
}

// A file with an error changes nothing.
void Service::take_config(const Result<Config>& config) {
  if (!config) {
    config_problem_ = config.error().to_string();
    log_.error("the configuration is refused; the former one stays", {{"why", config_problem_}});
    return;
  }
  const Config& before = waiting_config_ ? *waiting_config_ : config_;
  const ConfigChanges changes = changes_between(before, *config);
  config_problem_.clear();
  log_.info(
      "the configuration was read again",
      {{"file", config->path}, {"changed", fmt::format("{}", fmt::join(changes.taken, ", "))}});
  if (!changes.waiting.empty()) {
    config_problem_ = fmt::format("{}: changed and not in use before a restart: {}", config->path,
                                  fmt::join(changes.waiting, ", "));
    log_.warning("a part of the configuration needs a restart", {{"why", config_problem_}});
  }
  if (!changes.taken.empty()) {
    waiting_config_ = config_;
    take_changeable(*waiting_config_, *config);
  }
}

// Runs between two sweeps, before another fleet is adopted.
void Service::apply_config() {
  if (!waiting_config_) return;
  config_ = *std::exchange(waiting_config_, std::nullopt);
  watch_->set_settings(config_.judgement);
  request_.group_rate = config_.sweep.group_rate;
  const TimePoint now = clock_.now();
  schedule_ =
      watch::Schedule(*fleet_.table, config_.sweep.intervals, *schedule_, *fleet_.table, now);
  coverage_.adopt(*schedule_, *fleet_.table, *fleet_.table, now);
  set_next_refresh();
  log_names_without_group();
  log_missed_intervals();
  publish(true);
}

// Records which sources are not in use as they are, and since when.
void Service::note_problems(const Loaded& loaded) {
  if (!loaded.is_judged) return;
  const WallTime now = clock_.wall();
  std::map<std::string, BrokenSource> broken;
  std::string all;
  for (const SourceProblem& problem : loaded.problems) {
    const auto before = broken_sources_.find(problem.source);
    const auto remembered = broken_before_.find(problem.source);
    const WallTime since = before != broken_sources_.end()      ? before->second.since
                           : remembered != broken_before_.end() ? remembered->second
                                                                : now;
    const std::int64_t notified =
        before != broken_sources_.end() ? before->second.days_notified : 0;
    broken[problem.source] = {problem.text, since, notified};
    if (!all.empty()) all += "; ";
    all += problem.text;
  }
  broken_before_.clear();
  broken_sources_ = std::move(broken);
  if (loaded.remarks != source_remarks_) {
    for (const std::string& remark : loaded.remarks) {
      log_.warning("inventory source", {{"remark", remark}});
    }
  }
  source_remarks_ = loaded.remarks;
  if (!all.empty()) return refuse_fleet(all);
  if (!inventory_problem_.empty()) log_.info("every source of the inventory is in use again");
  inventory_problem_.clear();
}

// Logs a reminder each day, so that a source that stays broken is not forgotten.
void Service::remind_of_broken_sources() {
  const WallTime now = clock_.wall();
  for (auto& [source, broken] : broken_sources_) {
    const auto days = std::chrono::floor<std::chrono::days>(now - broken.since).count();
    if (days <= broken.days_notified) continue;
    broken.days_notified = days;
    log_.error("an inventory source is broken for days; its former content is in use",
               {{"source", source}, {"days", std::to_string(days)}, {"why", broken.why}});
  }
}

// Logs each reason once, and shows it until it is fixed.
void Service::refuse_fleet(const std::string& why) {
  if (inventory_problem_ != why) {
    log_.error("the inventory is refused; what was in use stays", {{"why", why}});
  }
  inventory_problem_ = why;
}

void Service::log_names_without_group() {
  auto names = names_without_group(journal_->silences(clock_.wall()));
  if (std::exchange(said_names_, names) == names) return;
  for (const std::string& text : names) log_.warning("configuration", {{"remark", text}});
}

void Service::log_missed_intervals() {
  auto why = why_intervals_are_missed(*fleet_.table, *schedule_, config_.sweep);
  if (std::exchange(said_missed_, why) == why || why.empty()) return;
  log_.warning("sweeps cannot keep their interval", {{"why", why}});
}

// Runs between two sweeps.
void Service::adopt_fleet() {
  if (!waiting_fleet_) return;
  const auto former = fleet_.table;
  target_details_.adopt(*former, *waiting_fleet_->fleet->table);
  fleet_ = *std::move(waiting_fleet_->fleet);
  facts_ = std::make_shared<const web::FleetFacts>(fleet_.table);
  document_ = std::move(waiting_fleet_->document);
  reads_ = std::move(waiting_fleet_->reads);
  waiting_fleet_.reset();
  const TimePoint now = clock_.now();
  const WallTime wall = clock_.wall();
  auto events = watch_->reload(fleet_.table, now, wall);
  if (former->size() > 0) {
    schedule_ = watch::Schedule(*fleet_.table, config_.sweep.intervals, *schedule_, *former, now);
    coverage_.adopt(*schedule_, *fleet_.table, *former, now);
  } else {  // these are the first targets of the watch
    schedule_ = watch::Schedule(*fleet_.table, config_.sweep.intervals, now);
    coverage_.begin(*schedule_, *fleet_.table);
  }
  watch_->set_intervals(schedule_->interval_classes());
  schedule_rechecks(now);
  inventory_at_ = wall;
  set_next_refresh();
  history::Batch batch;
  batch.inventory = stored_inventory(wall);
  journal_->record(std::move(batch), std::move(events), watch_->persisted_state(now));
  merge_memory();
  log_.info("another inventory is in use",
            {{"targets", std::to_string(fleet_.table->size())},
             {"groups", std::to_string(fleet_.table->groups().size())}});
  log_names_without_group();
  log_missed_intervals();
  publish(true);
  systemd.ready(status_line());
}

}  // namespace rollcall::cli
