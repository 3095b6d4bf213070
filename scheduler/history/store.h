// Keeps what a watch must not forget.
//
// Threading: one service thread. Readers have connections of their own (reader.h).
// Ownership: batches are borrowed for the call.
// Units:     wall time; retention in bytes and rows.
// Errors:    values, never exceptions; after an error nothing of the batch is in the store (or all
//            of it, where the disk failed after it took it: a stamped batch may be tried again).
// Cost:      commit() waits for the disk once, however large the batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "scheduler/history/batch.h"
#include "scheduler/history/sqlite/file_id.h"

namespace rollcall::history {

// How long and how much. Open incidents, pending messages, target states, notes and coming
// silences are kept whatever is said here.
struct Retention {
  Duration age_max = std::chrono::hours(24 * 365);
  std::uint64_t bytes_max = std::uint64_t{1} << 30;  // then the oldest day goes, then the next
  std::uint32_t rows_per_call = 5000;
};

struct PruneReport {
  std::uint64_t rows = 0;   // deleted by this call
  bool more = false;        // another call has work to do
  std::uint64_t bytes = 0;  // that the store's contents take now
};

class Store {
 public:
  virtual ~Store() = default;

  // Once it has returned without an error, the batch survives kill -9 and a power cut.
  virtual Result<void> commit(const Batch& batch) = 0;

  // A bounded piece of tidying up; call it now and then.
  virtual Result<PruneReport> prune(const Retention& retention, WallTime now) = 0;

  // True: the store began afresh or had to drop something. A complete batch makes it false.
  virtual bool wants_everything() const = 0;

  // The file that is open: another one in its place must be read before it is written.
  virtual FileId file() const { return {}; }

  // Sentences for the log, oldest first: what was set aside, lost, healed. Each is told once.
  virtual std::vector<std::string> take_messages() = 0;
};

}  // namespace rollcall::history
