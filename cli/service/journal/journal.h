// Journal stores what the watch finds and sends its alerts: history, silences, notifications.
//
//   record(batch, events) ──> Announcer ──> messages ──> Store (durable) ──> Outbox ──> receivers
//
// Threading: the service's thread. The store and each receiver have their own threads.
// Ownership: owns store, announcer and outbox; config, clock, log and registry outlive it.
// Units:     wall time for stored times, monotonic time for scheduling.
// Errors:    open() fails only where a retry cannot help. Later errors are logged. While the disk
//            fails, data waits in memory, and alerts are still sent.
// Cost:      one commit per record(), which waits for it at most half a second; tick() every
//            second.
#pragma once

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/config/config.h"
#include "cli/service/journal/read_history.h"
#include "cli/service/journal/receivers.h"
#include "cli/service/journal/stored_state.h"
#include "cli/service/process/log.h"
#include "scheduler/alert/outbox.h"
#include "scheduler/history/store_thread.h"

namespace rollcall::cli {

// The content of the history before this service wrote to it.
struct RestoredHistory {
  watch::PersistedState persisted_state;
  std::optional<history::StoredInventory> inventory;
  std::vector<watch::Note> notes;
  std::vector<watch::TargetRecord> targets;
};

class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(const Config& config, const Clock& clock,
                                               const Log& log, ThreadRegistry& threads);

  // Why the history must not be used at all. open() does not wait long enough to know it.
  std::optional<Error> refusal() const;

  // True until resume(): the content of the history is unknown, so nothing is written to it (ADR
  // 33).
  bool is_unread() const { return store_->is_held(); }
  // Reads the history, at the start and again while is_unread(). nullopt: it cannot be read now or
  // within `longest`; memory_problem() says why. On success, alerts that were not delivered yet are
  // queued again.
  std::optional<RestoredHistory> read_memory(std::chrono::milliseconds longest);
  const std::string& memory_problem() const { return memory_problem_; }
  // Starts to write, after the watch has merged what was read. `ends`: end events of incidents that
  // continue as a restored incident.
  void resume(history::Batch batch, std::vector<watch::IncidentEvent> ends,
              const watch::PersistedState& persisted_state);

  // Turns events into messages, makes everything durable, and sends. Adds to the batch all state
  // that the history does not hold yet.
  void record(history::Batch batch, std::vector<watch::IncidentEvent> events,
              const watch::PersistedState& persisted_state);
  // The same for what operators changed.
  void record(history::Batch batch);
  // Records incidents whose text has changed, without a notification.
  void record(history::Batch batch, std::vector<watch::Incident> amended);

  // Flushes, prunes, repeats, ends silences, and logs the results. `can_judge`: a sound sweep is
  // recent enough for a heartbeat that reports all well.
  void tick(TimePoint now, bool can_judge);
  // True when the history has lost something: call record_everything() with all known state.
  bool wants_everything() const;
  void record_everything(history::Batch batch, const watch::PersistedState& persisted_state);

  std::vector<watch::Silence> silences(WallTime now) const;  // not ended
  // Adds a silence, or replaces the one with the same id.
  void set_silence(watch::Silence silence);

  void send_test();
  const std::string& vantage() const { return vantage_; }
  std::vector<alert::ReceiverStatus> receivers() const { return outbox_->status(); }
  std::size_t rows_waiting() const { return store_->rows_waiting(); }

  // Waits until `alerts_until` for deliveries under way, then until `until` for their results to be
  // written.
  void close(TimePoint alerts_until, TimePoint until);

 private:
  // Messages whose batch is not written yet.
  struct UnwrittenMessages {
    history::StoreThread::Ticket ticket = 0;
    std::chrono::steady_clock::time_point tell_at;  // send them then, even if it is unwritten
    std::vector<history::OutboxMessage> messages;
  };

  Journal(const Config& config, const Clock& clock, const Log& log, ThreadRegistry& threads,
          Receivers receivers, std::unique_ptr<history::StoreThread> store);

  void announce(std::vector<watch::IncidentEvent> events, history::Batch& batch);
  void commit(history::Batch batch);
  void tell_written();
  RestoredHistory take_memory(StoredHistory memory, WallTime now);
  void note_unread(const Error& error);
  void hold_alerts(TimePoint now);
  void log_messages();
  void prune(TimePoint now);
  WallTime prunable_now(TimePoint now);
  void note_begun(WallTime now);

  const Config& config_;
  const Clock& clock_;
  const Log& log_;
  std::string vantage_;
  std::vector<alert::Recipient> recipients_;
  std::unique_ptr<history::StoreThread> store_;
  alert::Announcer announcer_;
  std::unique_ptr<alert::Outbox> outbox_;
  std::vector<watch::Silence> silences_;  // including those that ended recently
  bool forgot_ = false;                   // a part of the history is unreadable
  bool has_resumed_ = false;
  std::optional<std::future<Result<StoredHistory>>> reading_;
  std::deque<UnwrittenMessages> unwritten_;  // oldest first
  std::string memory_problem_;               // why the history is not read yet
  TimePoint started_at_;
  StoredState stored_;
  TimePoint next_tick_{};
  bool could_judge_ = false;
  TimePoint next_repeat_{};
  TimePoint next_state_repeat_{};
  TimePoint next_prune_{};
  std::optional<std::pair<TimePoint, WallTime>> pruned_from_;  // both clocks at one moment
  std::optional<TimePoint> clock_differs_since_;
};

}  // namespace rollcall::cli
