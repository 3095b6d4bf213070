#include "cli/service/journal/journal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <utility>

#include "cli/service/journal/receivers.h"
#include "cli/service/process/systemd_notifier.h"
#include "engine/base/limited_call.h"
#include "scheduler/history/sqlite_store.h"
#include "scheduler/watch/incidents/silences.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Duration kTick = 1s;
// The service waits this long for the disk: at its start, and for a write.
constexpr auto kOpenMax = 10'000ms;
constexpr auto kOpenPause = 100ms;
constexpr auto kCommitMax = 500ms;
constexpr auto kLookMax = 2'000ms;
// An alert waits this long for its write (ADR 40).
constexpr auto kToldWithin = 5s;
constexpr Duration kPrunePause = 1min;
// An ended silence is kept this long: the clock may have been wrong, and be set back.
constexpr Duration kSilenceKept = 24h;
// While the silences are unknown, alerts are held this long after a start.
constexpr Duration kUnreadHold = 2min;
constexpr Duration kClockStepMax = 1h;
constexpr Duration kClockBelievedAfter = 24h;
// If the clock is set back by at most this, a silence that has begun still counts as begun.
constexpr Duration kSetBackMax = 2h;

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

alert::AnnouncerOptions announcer_options(const Config& config, const std::string& vantage,
                                          const Receivers& receivers) {
  return {.site = config.site,
          .vantage = vantage,
          .recipients = receivers.recipients,
          .page = config.http.external_url.text};
}

void log_event(const Log& log, const watch::IncidentEvent& event) {
  const watch::Incident& incident = event.incident;
  log.warning("incident", {{"change", std::string(to_string(event.change))},
                           {"subject", incident.subject},
                           {"trouble", std::string(to_string(incident.now))},
                           {"text", incident.sentence},
                           {"incident", incident.id.value},
                           {"silenced_by", event.silenced_by}});
}

// The files may be on a server that does not answer.
void warn_of_exposed_secrets(const Config& config, const Log& log) {
  LimitedCall<std::vector<std::string>> look;
  const auto warnings = look.run([config] { return exposed_secrets(config); }, kLookMax);
  if (!warnings) log.warning("secrets", {{"problem", "looking at their files does not return"}});
  for (const std::string& warning : warnings.value_or(std::vector<std::string>())) {
    log.warning("secrets", {{"problem", warning}});
  }
}

// Drops the older of two open incidents of one subject; true if there was one. The older one is
// from a history that could not be read when the newer one opened, so no event would ever end it.
// `open`: oldest first.
bool drop_forgotten(std::vector<watch::Incident>& open) {
  std::set<std::pair<watch::IncidentScope, std::string>> seen;
  const auto newer = [&](const watch::Incident& incident) {
    return !seen.insert({incident.scope, incident.subject}).second;
  };
  std::ranges::reverse(open);
  const bool any = std::erase_if(open, newer) > 0;
  std::ranges::reverse(open);
  return any;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const Config& config, const Clock& clock,
                                               const Log& log, ThreadRegistry& threads) {
  auto receivers = make_receivers(config.alerts);
  if (!receivers) return std::unexpected(receivers.error());
  warn_of_exposed_secrets(config, log);
  auto store = std::make_unique<history::StoreThread>(
      [folder = config.history.folder, &clock,
       is_start = true]() mutable -> Result<std::unique_ptr<history::Store>> {
        const auto check =
            std::exchange(is_start, false) ? history::Check::kWhole : history::Check::kNone;
        auto opened = history::SqliteStore::open(folder, clock, check);
        if (!opened) return std::unexpected(opened.error());
        return std::unique_ptr<history::Store>(*std::move(opened));
      },
      clock, history::BufferOptions{.read_first = true}, "the history in " + config.history.folder,
      threads.add("store"));
  // A disk that does not answer must not delay the watch: the history is read and written once it
  // answers.
  std::optional<Result<void>> opened;
  for (auto waited = 0ms; !opened && waited < kOpenMax && !ServiceSignals::stop_requested();
       waited += kOpenPause) {
    opened = store->opened(kOpenPause);
  }
  if (opened && !*opened) return std::unexpected(opened->error());
  return std::unique_ptr<Journal>(
      new Journal(config, clock, log, threads, *std::move(receivers), std::move(store)));
}

std::optional<Error> Journal::refusal() const {
  const auto opened = store_->opened(0ms);
  return opened && !*opened ? std::optional(opened->error()) : std::nullopt;
}

Journal::Journal(const Config& config, const Clock& clock, const Log& log, ThreadRegistry& threads,
                 Receivers receivers, std::unique_ptr<history::StoreThread> store)
    : config_(config),
      clock_(clock),
      log_(log),
      vantage_(config.vantage.empty() ? host_name() : config.vantage),
      recipients_(receivers.recipients),
      store_(std::move(store)),
      announcer_(announcer_options(config, vantage_, receivers)),
      outbox_(std::make_unique<alert::Outbox>(std::move(receivers.receivers), clock,
                                              alert::OutboxOptions{}, &threads)),
      started_at_(clock.now()) {}

std::optional<RestoredHistory> Journal::read_memory(std::chrono::milliseconds longest) {
  const WallTime now = clock_.wall();
  if (!reading_) {
    // shared_ptr, because std::function must be copyable and a packaged_task is not.
    const auto task = std::make_shared<std::packaged_task<Result<StoredHistory>()>>(
        [folder = config_.history.folder, after = now - kSilenceKept, &log = log_] {
          return read_history(folder, after, log);
        });
    reading_ = task->get_future();
    store_->read([task] { (*task)(); });
  }
  const bool is_open = store_->opened(0ms).has_value();
  if (reading_->wait_for(is_open ? longest : 0ms) != std::future_status::ready) {
    const Error unread{ErrorCode::kSystem, 0, "reading it has not returned yet"};
    memory_problem_.empty() ? note_unread(unread) : hold_alerts(clock_.now());
    return std::nullopt;
  }
  auto memory = [&]() -> Result<StoredHistory> {
    try {
      return std::exchange(reading_, std::nullopt)->get();
    } catch (const std::exception& exception) {  // mostly out of memory
      return fail(ErrorCode::kSystem, exception.what());
    }
  }();
  if (!memory) {
    note_unread(memory.error());
    return std::nullopt;
  }
  return take_memory(*std::move(memory), now);
}

RestoredHistory Journal::take_memory(StoredHistory memory, WallTime now) {
  if (!memory_problem_.empty()) log_.info("the history is read; what was remembered holds again");
  memory_problem_.clear();
  // A history file that replaces the one written so far lacks what this service knows.
  forgot_ = memory.is_incomplete || forgot_ || has_resumed_;
  forgot_ = drop_forgotten(memory.open) || forgot_;
  // A silence that was set since the start replaces the stored one with its id.
  for (watch::Silence& silence : memory.silences) {
    const auto known = std::ranges::find(silences_, silence.id, &watch::Silence::id);
    if (known == silences_.end()) silences_.push_back(std::move(silence));
  }
  note_begun(now);
  RestoredHistory remembered{.persisted_state = snapshot_from(memory.state, memory.open, now),
                             .inventory = std::move(memory.inventory),
                             .notes = std::move(memory.notes),
                             .targets = memory.state.targets};
  announcer_.restore(std::move(memory.open), memory.announced);
  stored_ = StoredState(std::move(memory.state));
  outbox_->add(memory.pending);
  log_messages();
  return remembered;
}

void Journal::note_unread(const Error& error) {
  const std::string why = error.to_string();
  if (memory_problem_ != why) {
    log_.error(
        "the history cannot be read: what was remembered is not known yet, and nothing is written "
        "before it is; reading is tried again",
        {{"error", why}});
  }
  memory_problem_ = why;
  hold_alerts(clock_.now());
  log_messages();
}

// The hold ends after kUnreadHold: a missing alert is worse than an alert during a silence.
void Journal::hold_alerts(TimePoint now) {
  announcer_.hold(is_unread() && now - started_at_ < kUnreadHold);
}

void Journal::resume(history::Batch batch, std::vector<watch::IncidentEvent> ends,
                     const watch::PersistedState& persisted_state) {
  store_->release();
  has_resumed_ = true;
  hold_alerts(clock_.now());
  record(std::move(batch), std::move(ends), persisted_state);
}

void Journal::announce(std::vector<watch::IncidentEvent> events, history::Batch& batch) {
  for (watch::IncidentEvent& event : events) {
    alert::Plan plan = announcer_.on_event(std::move(event), silences_);
    log_event(log_, plan.event);
    batch.incident_events.push_back(std::move(plan.event));
    std::ranges::move(plan.messages, std::back_inserter(batch.messages));
  }
}

void Journal::record(history::Batch batch, std::vector<watch::IncidentEvent> events,
                     const watch::PersistedState& persisted_state) {
  const WallTime now = clock_.wall();
  announce(std::move(events), batch);
  // While the history is unread, its content is unknown, so the difference to it is unknown too.
  if (!is_unread()) stored_.fill(batch, persisted_state, now, false);
  if (batch.complete) {
    // Restates open incidents without an event in this batch, because a complete batch closes all
    // others.
    auto restated = announcer_.restated(now);
    std::erase_if(restated, [&](const watch::IncidentEvent& event) {
      return std::ranges::any_of(batch.incident_events, [&](const watch::IncidentEvent& notified) {
        return notified.incident.id == event.incident.id;
      });
    });
    std::ranges::move(restated, std::back_inserter(batch.incident_events));
  }
  commit(std::move(batch));
}

void Journal::record(history::Batch batch) {
  commit(std::move(batch));
}

void Journal::record(history::Batch batch, std::vector<watch::Incident> amended) {
  for (watch::Incident& incident : amended) {
    batch.incident_events.push_back(announcer_.amend(std::move(incident), clock_.wall()));
  }
  commit(std::move(batch));
}

// Writes first, then sends. If the disk fails or is slow, sends anyway (ADR 40).
void Journal::commit(history::Batch batch) {
  // The stored inventory is compared with the sources before they replace it.
  if (is_unread()) batch.inventory.reset();
  batch.deliveries = outbox_->take_settled();
  if (!batch.empty()) {
    std::vector<history::OutboxMessage> messages = batch.messages;
    const auto ticket = store_->commit(std::move(batch));  // take_messages() reports errors
    if (!messages.empty()) {
      unwritten_.push_back({ticket, steady_clock::now() + kToldWithin, std::move(messages)});
    }
    store_->wait(ticket, kCommitMax);
  }
  tell_written();
  log_messages();
}

void Journal::tell_written() {
  const auto now = steady_clock::now();
  const bool is_slow = !unwritten_.empty() && store_->busy_for() >= kToldWithin;
  while (!unwritten_.empty()) {
    const UnwrittenMessages& first = unwritten_.front();
    if (!is_slow && now < first.tell_at && !store_->is_done(first.ticket)) return;
    outbox_->add(first.messages);
    unwritten_.pop_front();
  }
}

void Journal::tick(TimePoint now, bool can_judge) {
  tell_written();
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  const WallTime wall = clock_.wall();
  std::erase_if(silences_, [&](const watch::Silence& silence) {
    return silence.ends_at + kSilenceKept <= wall;
  });
  note_begun(wall);
  hold_alerts(now);
  history::Batch batch;
  for (alert::Plan& plan : announcer_.on_tick(wall, silences_)) {
    log_event(log_, plan.event);
    batch.incident_events.push_back(std::move(plan.event));
    std::ranges::move(plan.messages, std::back_inserter(batch.messages));
  }
  commit(std::move(batch));
  store_->wait(store_->commit({}), kCommitMax);
  prune(now);
  // A watch that can judge again repeats its state at once.
  const bool is_awake = can_judge && !could_judge_;
  could_judge_ = can_judge;
  if (now >= next_state_repeat_ || is_awake) {
    next_state_repeat_ = now + state_interval(config_.alerts);
    outbox_->add(announcer_.repeats(wall, can_judge));
  }
  if (now >= next_repeat_ || is_awake) {
    next_repeat_ = now + repeat_interval(config_.alerts);
    outbox_->add(announcer_.heartbeats(wall, can_judge));
  }
  log_messages();
}

void Journal::note_begun(WallTime now) {
  for (watch::Silence& silence : silences_) {
    const Duration slack = silence.has_begun ? kSetBackMax : Duration{};
    silence.has_begun = silence.starts_at <= now + slack && now < silence.ends_at;
  }
}

// A wall clock that jumps ahead must not age any row: rows are pruned only when they have aged on
// the monotonic clock too. If the difference lasts for a day, the clock was corrected.
WallTime Journal::prunable_now(TimePoint now) {
  const WallTime wall = clock_.wall();
  if (!pruned_from_) pruned_from_ = {now, wall};
  const WallTime aged = pruned_from_->second + (now - pruned_from_->first);
  if (wall <= aged + kClockStepMax) {
    clock_differs_since_.reset();
    return std::min(wall, aged);
  }
  if (!clock_differs_since_) {
    clock_differs_since_ = now;
    log_.warning("the wall clock jumped ahead: the history is not pruned by it for a day", {});
  }
  if (now - *clock_differs_since_ > kClockBelievedAfter) pruned_from_ = {now, wall};
  return aged;
}

void Journal::prune(TimePoint now) {
  if (store_->take_more_to_prune()) next_prune_ = std::min(next_prune_, now);
  if (now < next_prune_) return;
  next_prune_ = now + kPrunePause;
  store_->prune({.age_max = config_.history.keep, .bytes_max = config_.history.size_max_bytes},
                prunable_now(now));
}

std::vector<watch::Silence> Journal::silences(WallTime now) const {
  std::vector<watch::Silence> silences;
  std::ranges::copy_if(silences_, std::back_inserter(silences),
                       [&](const watch::Silence& silence) { return silence.ends_at > now; });
  return silences;
}

// While rows wait for the disk, another complete batch would only wait too.
bool Journal::wants_everything() const {
  return (store_->wants_everything() || forgot_) && store_->rows_waiting() == 0 && !is_unread();
}

void Journal::record_everything(history::Batch batch,
                                const watch::PersistedState& persisted_state) {
  const WallTime now = clock_.wall();
  stored_.fill(batch, persisted_state, now, true);
  batch.incident_events = announcer_.restated(now);
  batch.silences = silences_;
  forgot_ = false;
  commit(std::move(batch));
}

void Journal::set_silence(watch::Silence silence) {
  history::Batch batch;
  batch.silences.push_back(silence);
  std::erase_if(silences_, [&](const watch::Silence& known) { return known.id == silence.id; });
  const WallTime now = clock_.wall();
  if (silence.ends_at > now) silences_.push_back(std::move(silence));
  note_begun(now);
  commit(std::move(batch));
}

void Journal::send_test() {
  std::vector<history::OutboxMessage> messages;
  for (const alert::Recipient& recipient : recipients_) {
    messages.push_back(announcer_.test_message(recipient, clock_.wall()));
  }
  outbox_->add(messages);
}

void Journal::log_messages() {
  for (const std::string& sentence : store_->take_messages()) {
    log_.error("history", {{"news", sentence}});
  }
  for (const std::string& sentence : outbox_->take_messages()) {
    log_.warning("alerts", {{"news", sentence}});
  }
}

void Journal::close(TimePoint alerts_until, TimePoint until) {
  commit({});
  // An alert that is not written yet would be lost with this process.
  for (const UnwrittenMessages& unwritten : std::exchange(unwritten_, {}))
    outbox_->add(unwritten.messages);
  const auto is_quiet = [&] {
    return std::ranges::all_of(receivers(), [](const alert::ReceiverStatus& status) {
      return status.waiting == 0 || status.failing;
    });
  };
  while (!is_quiet() && clock_.now() < alerts_until) std::this_thread::sleep_for(20ms);
  commit({});
  store_->commit({});
  const auto rest = refusal() ? 0ms : std::max<Duration>(until - clock_.now(), kCommitMax);
  const bool is_idle =
      store_->wait_until_idle(std::chrono::duration_cast<std::chrono::milliseconds>(rest));
  log_messages();
  if (!is_idle || rows_waiting() > 0) {
    log_.error("a part of the history is not written at the end",
               {{"rows", std::to_string(rows_waiting())}});
  }
}

}  // namespace rollcall::cli
