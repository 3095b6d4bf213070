#include "cli/service/service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <thread>

#include "cli/service/capacity.h"
#include "engine/base/random.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kRoundPause = 100ms;
// A firewall rule may be loaded at any time, and then each sweep leaves half-open connections. The
// preflight costs a round trip; sweeps that follow each other faster share one.
constexpr Duration kPreflightPause = 3s;
constexpr Duration kAfterFailure = 30s;   // pause before a failed sweep's targets are retried
constexpr Duration kRollupsPause = 5min;  // a kill loses at most this much of them
// A tenth of a second more on both sides than confirm_span: a watch counts whole ticks.
constexpr Duration kRounding = 200ms;
// Longer than set-up and end of a sweep take, during which it reports no progress.
constexpr Duration kSweepSilenceMax = 20s;
// A sweep that takes longer is ended, and the targets that it did not judge are unknown. The rate
// may fall to a half, and a fleet that is down as a whole is probed again and again.
constexpr Duration kSweepMax = 5min;
constexpr double kSweepMaxFactor = 20;  // of the time that the first probes take
// Healthy targets that join a sweep of a part of the fleet. Their replies show that this host
// receives.
constexpr std::size_t kWitnessesMax = 32;
// After SIGTERM: time for work under way, before the watchdog ends the process.
constexpr Duration kLastSweep = 5s;
constexpr Duration kLastAlerts = 2s;
constexpr Duration kEndMax = 7s;
constexpr auto kReadMax = 500ms;  // the service's thread waits this long for the history
constexpr auto kFirstReadMax = 10'000ms;

watch::SweepSummary summary_of(const sweep::SweepResult& result) {
  const auto count = [&](verdict::TargetVerdict verdict) {
    return result.counts[static_cast<std::size_t>(verdict)];
  };
  using enum verdict::TargetVerdict;
  return {.started_at = result.started_at,
          .duration = result.duration,
          .targets = static_cast<std::uint32_t>(result.states.size()),
          .open = count(kOpen),
          .closed = count(kClosed),
          .missing = count(kSilent) + count(kUnreachable),
          .unknown = count(kUnknown),
          .conclusive = result.conclusive,
          .reason = fmt::format("{}", fmt::join(result.inconclusive_reasons, "; ")),
          .rate_pps = result.path.rate_pps,
          .probes_sent = result.path.probes_sent,
          .replies = result.path.replies,
          .loss = result.path.loss};
}

std::vector<std::pair<std::string, watch::SilentHop>> silent_hops_of(
    const sweep::SweepResult& result) {
  std::vector<std::pair<std::string, watch::SilentHop>> hops;
  for (const sweep::SilentHop& hop : result.silent_hops) {
    hops.emplace_back(hop.name, watch::SilentHop{.answers = hop.answers, .targets = hop.targets});
  }
  return hops;
}

bool reads_alike(const watch::SweepSummary& a, const watch::SweepSummary& b) {
  return a.targets == b.targets && a.open == b.open && a.closed == b.closed &&
         a.missing == b.missing && a.unknown == b.unknown && a.reason == b.reason;
}

// A new target that answers the first sweep is no change of the fleet.
bool is_first_sight(const watch::Transition& transition) {
  return transition.from == watch::TargetState::kNew && transition.to == watch::TargetState::kUp;
}

}  // namespace

Service::Service(Config config, Probing probing, const Clock& clock, const Log& log,
                 std::shared_ptr<ThreadRegistry> threads)
    : config_(std::move(config)),
      run_sweep_(std::move(probing.run_sweep)),
      clock_(clock),
      log_(log),
      threads_(std::move(threads)),
      progress_(threads_->add("service")),
      request_(std::move(probing.request)),
      started_at_(clock.wall()) {}

Result<std::unique_ptr<Service>> Service::start(Config config, Probing probing, const Clock& clock,
                                                const Log& log,
                                                std::shared_ptr<ThreadRegistry> threads) {
  std::unique_ptr<Service> service(
      new Service(std::move(config), std::move(probing), clock, log, std::move(threads)));
  const SlowOperation patience(service->progress_.get(), "the start of the service");
  auto journal = Journal::open(service->config_, clock, log, *service->threads_);
  if (!journal) return std::unexpected(journal.error());
  service->journal_ = *std::move(journal);
  service->read_memory(clock.now(), kFirstReadMax);
  if (auto first = service->first_fleet(); !first) return std::unexpected(first.error());
  service->publish(true);
  service->publisher_.beat(clock.now());
  return service;
}

Result<void> Service::run() {
  systemd.ready(status_line());
  log_.info("watching", {{"targets", std::to_string(watch_->table().size())},
                         {"groups", std::to_string(watch_->table().groups().size())}});
  while (!ServiceSignals::stop_requested() && !fatal_) {
    queue_.wait(kRoundPause);
    queue_.serve();
    round();
  }
  finish();
  if (fatal_) return std::unexpected(*fatal_);
  return {};
}

void Service::round() {
  const TimePoint now = clock_.now();
  if (ServiceSignals::take_reload()) {
    systemd.reloading();
    next_certificates_ = now;
    start_loading({.read_config = true});
  }
  progress_->beat();
  if (const auto refusal = journal_->refusal()) fatal_ = *refusal;
  read_memory(now, kReadMax);
  if (auto done = sweep_.take()) take_sweep(*std::move(done));
  if (auto loaded = load_.take()) take_loaded(*std::move(loaded));
  if (!sweep_.is_busy()) {
    apply_config();
    adopt_fleet();
    begin_due(now);
  }
  if (now >= next_refresh_ && !is_reloading()) start_loading({});
  check_dependencies(now);
  check_unjudged(now);
  remind_of_broken_sources();
  note_threads();
  journal_->tick(now, now < ready_until());
  if (journal_->wants_everything()) record_everything();
  publish_if_stale();
  publisher_.beat(now);
}

// Runs also while sweeps fail or do not end, so that targets without a verdict are reported.
void Service::check_unjudged(TimePoint now) {
  const bool hangs = sweep_.is_busy() && now - sweep_beat_.last() > kSweepSilenceMax;
  const std::string reason = hangs                     ? "the sweep under way makes no progress"
                             : !sweep_problem_.empty() ? "sweeps fail: " + sweep_problem_
                                                       : "";
  auto events = watch_->check(now, clock_.wall(), reason);
  if (events.empty()) return;
  journal_->record({}, std::move(events), watch_->persisted_state(now));
  publish(true);
}

void Service::begin_due(TimePoint now) {
  // Resolves the groups only now, because another inventory may be in use since the request.
  for (const std::string& group : std::exchange(wanted_, {})) {
    schedule_->request_now(targets_of(group), now);
  }
  if (schedule_->next() > now) return;
  watch::DueTargets due = schedule_->begin(now);
  if (due.targets.empty()) return;
  asked_ = std::move(due.targets);
  ++request_.epoch.value;
  request_.preflight = now >= next_preflight_;
  sweep_beat_.beat(now);
  const Duration longest = longest_sweep(asked_.size());
  sweep_began_ = now;
  sweep_ends_by_ = now + longest;
  const bool is_whole = asked_.size() == fleet_.table->size();
  const auto part = is_whole ? std::vector<TargetIndex>{} : asked_;
  SweepRequest request = request_;
  // A part of the fleet may consist of targets without a route only.
  request.routes.canaries_suffice = !is_whole;
  sweep_.start([this, part, witnesses = witnesses_for(part), table = fleet_.table, request,
                interval = due.interval, longest](const std::stop_token& stop) {
    if (part.empty()) return sweep(table, request, interval, longest, stop);
    auto of_part = watch::part_of(*table, part, witnesses, request.seed);
    return sweep(std::make_shared<const inventory::TargetTable>(std::move(of_part)), request,
                 interval, longest, stop);
  });
}

Duration Service::longest_sweep(std::size_t targets) const {
  const PacketRate start = request_.auto_rate.value_or(request_.rate);
  const PacketRate rate = sweep::even_rate(*fleet_.table, start, request_.group_rate);
  const std::chrono::duration<double> asking(static_cast<double>(targets) / rate.per_second);
  return kSweepMax + std::chrono::duration_cast<Duration>(kSweepMaxFactor * asking);
}

// Picks a few targets that answered lately, of both address families, spread over all groups and
// over the addresses of each probed group. A part of the fleet may contain silent targets only. The
// witnesses then show that this host receives replies, in each family and through the same next
// hops.
std::vector<TargetIndex> Service::witnesses_for(std::span<const TargetIndex> asked) const {
  if (asked.empty()) return {};
  const inventory::TargetTable& table = *fleet_.table;
  const auto is_witness = [&](std::uint32_t row, bool is_v6) {
    return table[{row}].address.is_v4() != is_v6 &&
           watch_->state_of({row}) == watch::TargetState::kUp &&
           !std::ranges::binary_search(asked, TargetIndex{row});
  };
  std::vector<TargetIndex> witnesses;
  const auto add_spread = [&](std::span<const TargetIndex> up, std::size_t count_max) {
    const std::size_t count = std::min(up.size(), count_max);
    for (std::size_t i = 0; i < count; ++i) witnesses.push_back(up[i * up.size() / count]);
  };
  for (const bool is_v6 : {false, true}) {
    std::vector<TargetIndex> first_up;      // of each group
    std::vector<TargetIndex> beside_asked;  // in the groups that are probed
    for (const inventory::Group& group : table.groups()) {
      const std::uint32_t end = group.first + group.targets;
      const auto next = std::ranges::lower_bound(asked, TargetIndex{group.first});
      const bool is_asked = next != asked.end() && next->value < end;
      std::size_t of_group = 0;
      for (std::uint32_t row = group.first; row < end; ++row) {
        if (!is_witness(row, is_v6)) continue;
        if (of_group++ == 0) first_up.push_back({row});
        if (!is_asked) break;
        beside_asked.push_back({row});
      }
    }
    add_spread(first_up, kWitnessesMax / 4);
    add_spread(beside_asked, kWitnessesMax / 4);
  }
  std::ranges::sort(witnesses);
  const auto rest = std::ranges::unique(witnesses);
  witnesses.erase(rest.begin(), rest.end());
  return witnesses;
}

Service::SweepDone Service::sweep(std::shared_ptr<const inventory::TargetTable> table,
                                  SweepRequest request, Duration interval, Duration longest,
                                  const std::stop_token& stop) {
  SweepDone done{.table = std::move(table),
                 .started = clock_.now(),
                 .started_wall = clock_.wall(),
                 .interval = interval,
                 .notes = {},
                 .result = sweep::SweepResult{}};
  bool is_too_long = false;
  const SweepHooks hooks{
      .note = [&](const std::string& text) { done.notes.push_back(text); },
      .progress = [&](const sweep::Progress&, TimePoint now) { sweep_beat_.beat(now); },
      .interrupted =
          [&] {
            is_too_long = clock_.now() - done.started > longest;
            return is_too_long || stop.stop_requested();
          },
      .refused = [&] { done.refused = true; }};
  try {
    done.result = run_sweep_(*done.table, request, hooks);
  } catch (const std::exception& exception) {  // mostly out of memory
    done.result = fail(ErrorCode::kSystem, exception.what());
  }
  if (is_too_long && done.result) {
    done.result->inconclusive_reasons.insert(
        done.result->inconclusive_reasons.begin(),
        fmt::format("the sweep was ended: it took longer than {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(longest).count()));
  }
  return done;
}

void Service::take_sweep(SweepDone done) {
  schedule_->end();
  for (const std::string& note : done.notes) {
    if (said_.insert(note).second) log_.info("note", {{"text", note}});
  }
  request_.refused_before = done.refused;
  if (!done.result) return note_failed_sweep(done.result.error());
  sweep_problem_.clear();
  if (request_.preflight) next_preflight_ = done.started + kPreflightPause;
  take_result(done, *done.result);
}

void Service::note_failed_sweep(const Error& error) {
  if (sweep_problem_ != error.to_string()) {
    sweep_problem_ = error.to_string();
    log_.error("a sweep failed: nothing is judged", {{"error", sweep_problem_}});
    systemd.status("a sweep failed: " + sweep_problem_);
  }
  totals_.add_failed();
  coverage_.failed(asked_, sweep_problem_);
  schedule_->request_now(asked_, clock_.now() + kAfterFailure);
  // Only a restart with other privileges helps.
  if (error.code == ErrorCode::kPermission && !last_sweep_) fatal_ = error;
}

void Service::take_result(const SweepDone& done, const sweep::SweepResult& result) {
  request_.epoch.value += result.canary_epochs;
  const watch::SweepSummary summary = summary_of(result);
  const bool is_change = !last_sweep_ || !reads_alike(*last_sweep_, summary);
  const LogFields fields{
      {"targets", std::to_string(summary.targets)},
      {"open", std::to_string(summary.open)},
      {"closed", std::to_string(summary.closed)},
      {"missing", std::to_string(summary.missing)},
      {"unknown", std::to_string(summary.unknown)},
      {"seconds", fmt::format("{:.3f}", std::chrono::duration<double>(summary.duration).count())},
      {"inconclusive", summary.reason},
      {"findings", fmt::format("{}", fmt::join(result.path.findings |
                                                   std::views::transform(&sweep::Finding::text),
                                               "; "))}};
  if (is_change) {
    log_.info("sweep", fields);
  } else {
    log_.debug("sweep", fields);
  }
  if (result.duration > done.interval) {
    const std::string why = why_it_outlasted(result, done.interval);
    if (said_.insert(why).second) log_.info(why, fields);
  }
  watch::Changes changes = watch_->add({.table = *done.table,
                                        .states = result.states,
                                        .sound = result.sound,
                                        .started = done.started,
                                        .started_wall = done.started_wall,
                                        .interval = done.interval,
                                        .duration = result.duration,
                                        .unjudged_reason = summary.reason,
                                        .silent_hops = silent_hops_of(result),
                                        .is_whole = asked_.size() == fleet_.table->size()});
  target_details_.add(*fleet_.table, *done.table, result.states);
  target_details_.add(*fleet_.table, changes.transitions);
  if (result.sound) roll_up(done);
  if (result.sound) schedule_rechecks(done.started);
  const auto in_vain =
      coverage_.judged(asked_, *done.table, result, done.started + result.duration);
  schedule_->request_now(in_vain, clock_.now() + kAfterFailure);
  history::Batch batch;
  std::ranges::copy_if(changes.transitions, std::back_inserter(batch.transitions),
                       [](const auto& transition) { return !is_first_sight(transition); });
  batch.sweeps.push_back(summary);
  if (done.started >= next_rollups_) {
    next_rollups_ = done.started + kRollupsPause;
    batch.rollups = rollups_.take();
  }
  journal_->record(std::move(batch), std::move(changes.incidents),
                   watch_->persisted_state(clock_.now()));
  last_sweep_ = summary;
  totals_.add(result);
  last_path_ = result.path;
  publish(true);
  systemd.status(status_line());
}

// Schedules extra probes beside the regular sweeps. Probes targets that the next reply may decide,
// and targets still missing when their group's settling time ends.
void Service::schedule_rechecks(TimePoint started) {
  const TimePoint soonest = clock_.now() + watch::kShortestInterval;
  std::vector<watch::Recheck> questions;
  const TimePoint confirmed_at =
      std::max(started + config_.judgement.confirm_span + kRounding, soonest);
  for (const TargetIndex target : watch_->undecided()) questions.push_back({target, confirmed_at});
  if (const auto settled_at = watch_->settled_at()) {
    const TimePoint at = std::max(*settled_at + kRounding, soonest);
    const auto groups = watch_->table().groups();
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      if (!watch_->status_of({i}).is_settling) continue;
      for (std::uint32_t row = groups[i].first; row < groups[i].first + groups[i].targets; ++row) {
        if (watch_->state_of({row}) != watch::TargetState::kUp) questions.push_back({{row}, at});
      }
    }
  }
  schedule_->schedule_rechecks(std::move(questions));
}

void Service::roll_up(const SweepDone& done) {
  for (const inventory::Group& group : done.table->groups()) {
    const inventory::Target& first = (*done.table)[{group.first}];
    const auto target = watch_->table().find_target(first.address, first.port);
    if (!target) continue;
    const auto figures = watch_->status_of(watch_->table()[*target].group).figures;
    rollups_.add(done.started_wall, group.name, figures.expected, figures.answering);
  }
}

void Service::record_everything() {
  history::Batch batch;
  for (const auto& [group, note] : notes_) batch.notes.push_back(note);
  batch.inventory = stored_inventory(inventory_at_);
  journal_->record_everything(std::move(batch), watch_->persisted_state(clock_.now()));
}

std::string Service::status_line() const {
  std::string problem =
      inventory_problem_.empty() ? "" : "; the inventory is refused: " + inventory_problem_;
  if (!web_problem_.empty()) problem += "; HTTP: " + web_problem_;
  for (const std::string& what : hanging_) problem += "; " + what + " does not return";
  return fmt::format("{} targets in {} groups; open incidents: {}{}", watch_->table().size(),
                     watch_->table().groups().size(), watch_->open_incidents().size(), problem);
}

// Discards the result of the sweep under way, because it was cut short.
void Service::finish() {
  systemd.stopping();
  log_.info("stopping");
  queue_.close();
  sweep_.request_stop();
  load_.request_stop();
  const TimePoint now = clock_.now();
  while (sweep_.is_busy() && !sweep_.take() && clock_.now() < now + kLastSweep) {
    std::this_thread::sleep_for(10ms);
    progress_->beat();
  }
  history::Batch batch;
  batch.rollups = rollups_.take();
  journal_->record(std::move(batch));
  journal_->close(clock_.now() + kLastAlerts, now + kEndMax);
  log_.info("stopped");
}

Result<watch::Silence> Service::add_silence(watch::Silence silence) {
  constexpr std::size_t kSilencesMax = 5000;
  const std::size_t held = journal_->silences(clock_.wall()).size();
  if (held >= kSilencesMax) {
    return fail(ErrorCode::kUsage,
                fmt::format("there are {} silences already; end some first", held));
  }
  for (const std::string& group : silence.groups) {
    const auto groups = watch_->table().groups();
    if (std::ranges::find(groups, group, &inventory::Group::name) == groups.end()) {
      return fail(ErrorCode::kUsage, fmt::format("there is no group '{}'", group));
    }
  }
  silence.id = fmt::format("{:016x}", random_seed());
  log_.info("silence begins", {{"id", silence.id}, {"author", silence.author}});
  journal_->set_silence(silence);
  publish(true);
  return silence;
}

Result<watch::Silence> Service::end_silence(const std::string& id) {
  const WallTime now = clock_.wall();
  const auto silences = journal_->silences(now);
  const auto found = std::ranges::find(silences, id, &watch::Silence::id);
  if (found == silences.end()) {
    return fail(ErrorCode::kUsage, fmt::format("there is no silence '{}'", id));
  }
  watch::Silence silence = *found;
  silence.ends_at = now;
  silence.starts_at = std::min(silence.starts_at, silence.ends_at);
  log_.info("silence ended", {{"id", id}});
  journal_->set_silence(silence);
  publish(true);
  return silence;
}

Result<void> Service::set_note(watch::Note note) {
  const auto groups = watch_->table().groups();
  if (std::ranges::find(groups, note.group, &inventory::Group::name) == groups.end()) {
    return fail(ErrorCode::kUsage, fmt::format("there is no group '{}'", note.group));
  }
  history::Batch batch;
  batch.notes.push_back(note);
  journal_->record(std::move(batch));
  if (note.text.empty()) {
    notes_.erase(note.group);
  } else {
    notes_[note.group] = note;
  }
  start_loading({.rebuild = true});
  publish(true);
  return {};
}

Result<void> Service::verified(const watch::VerificationRecord& verification) {
  const auto groups = watch_->table().groups();
  if (std::ranges::find(groups, verification.group, &inventory::Group::name) == groups.end()) {
    return fail(ErrorCode::kUsage, fmt::format("there is no group '{}'", verification.group));
  }
  history::Batch batch;
  batch.verifications.push_back(verification);
  journal_->record(std::move(batch), watch_->note_verification(verification));
  publish(true);
  return {};
}

Result<std::size_t> Service::sweep_now(const std::string& group) {
  const std::size_t count = targets_of(group).size();
  if (count == 0) return fail(ErrorCode::kUsage, fmt::format("there is no group '{}'", group));
  log_.info("a sweep is asked for", {{"group", group}, {"targets", std::to_string(count)}});
  wanted_.insert(group);
  return count;
}

// "": all targets. Returns no target when there is no such group.
std::vector<TargetIndex> Service::targets_of(const std::string& group) const {
  std::uint32_t first = 0;
  std::uint32_t count = fleet_.table->size();
  if (!group.empty()) {
    const auto found = facts_->by_name.find(group);
    if (found == facts_->by_name.end()) return {};
    first = fleet_.table->group(found->second).first;
    count = fleet_.table->group(found->second).targets;
  }
  std::vector<TargetIndex> targets;
  for (std::uint32_t i = 0; i < count; ++i) targets.push_back({first + i});
  return targets;
}

void Service::reload(Accepted accepted) {
  start_loading({.accepted = accepted, .read_config = true});
}

}  // namespace rollcall::cli
