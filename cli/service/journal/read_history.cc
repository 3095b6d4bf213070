#include "cli/service/journal/read_history.h"

#include <utility>

#include "engine/base/text/name_text.h"
#include "scheduler/watch/incidents/silences.h"

namespace rollcall::cli {
namespace {

Result<std::vector<history::OutboxMessage>> read_pending(history::Reader& reader) {
  std::vector<history::OutboxMessage> pending;
  std::int64_t last = 0;
  while (true) {
    auto page = reader.pending_messages(last);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) return pending;
    last = page->back().first;
    for (auto& [id, message] : *page) pending.push_back(std::move(message));
  }
}

// Sorts errors: a retry does not repair a broken file, so its content is lost. After any other
// error nothing is known yet.
class Parts {
 public:
  Parts(StoredHistory& into, const Log& log) : into_(into), log_(log) {}

  template <typename T>
  void take(T& part, Result<T> read, const char* what) {
    if (unread_) return;
    if (read) {
      part = *std::move(read);
    } else if (read.error().code == ErrorCode::kInput) {
      log_.error("a part of the history is broken and left out",
                 {{"what", what}, {"error", read.error().to_string()}});
      into_.is_incomplete = true;
    } else {
      unread_ = read.error();
    }
  }
  const std::optional<Error>& unread() const { return unread_; }

 private:
  StoredHistory& into_;
  const Log& log_;
  std::optional<Error> unread_;
};

}  // namespace

Result<StoredHistory> read_history(const std::string& folder, WallTime silences_after,
                                   const Log& log) {
  history::Reader reader(folder);
  StoredHistory stored;
  Parts parts(stored, log);
  if (auto known = reader.check_schema(); !known && known.error().code != ErrorCode::kInput) {
    return std::unexpected(known.error());
  }
  parts.take(stored.state.targets, reader.target_states(), "targets");
  parts.take(stored.state.groups, reader.group_states(), "groups");
  parts.take(stored.state.suspicions, reader.suspicions(), "suspicions");
  parts.take(stored.open, reader.open_incidents(), "incidents");
  parts.take(stored.announced, reader.announced_incidents(), "announced incidents");
  parts.take(stored.silences, reader.silences_not_ended(silences_after), "silences");
  parts.take(stored.notes, reader.notes(), "notes");
  parts.take(stored.inventory, reader.inventory(), "inventory");
  parts.take(stored.pending, read_pending(reader), "alerts to be sent");
  if (parts.unread()) return std::unexpected(*parts.unread());
  // Records written before names were normalised would match no group now.
  for (watch::Silence& silence : stored.silences) normalise_names(silence);
  for (watch::Note& note : stored.notes) normalise_name(note.group);
  for (const std::string& loss : reader.take_losses()) {
    log.error("a part of the history is unreadable", {{"what", loss}});
    stored.is_incomplete = true;
  }
  return stored;
}

}  // namespace rollcall::cli
