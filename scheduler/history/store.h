// Interface of the history: stores batches durably, and deletes old rows.
//
// Threading: one service thread. Readers have connections of their own (reader.h).
// Ownership: batches are borrowed for the call.
// Units:     wall time; retention in bytes and rows.
// Errors:    values, never exceptions. After an error the store contains nothing of the batch, or
//            all of it if the disk failed after the write. So only a stamped batch may be tried
//            again.
// Cost:      commit() waits for the disk once, however large the batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "scheduler/history/batch.h"
#include "scheduler/history/sqlite/file_id.h"

namespace rollcall::history {

// Limits for old rows. The store always keeps open incidents, pending messages, target states,
// notes and coming silences.
struct Retention {
  Duration age_max = std::chrono::hours(24 * 365);
  // Above it, the oldest day is deleted, then the next.
  std::uint64_t bytes_max = std::uint64_t{1} << 30;
  std::uint32_t rows_per_call = 5000;
};

struct PruneReport {
  std::uint64_t rows = 0;   // deleted by this call
  bool more = false;        // another call has more to delete
  std::uint64_t bytes = 0;  // in use by the store's contents
};

class Store {
 public:
  virtual ~Store() = default;

  // After it returns without an error, the batch survives kill -9 and a power cut.
  virtual Result<void> commit(const Batch& batch) = 0;

  // Deletes a bounded number of old rows; call it regularly.
  virtual Result<PruneReport> prune(const Retention& retention, WallTime now) = 0;

  // True if the file is new or the store had to drop rows. A complete batch makes it false.
  virtual bool wants_everything() const = 0;

  // The file that is open. A different file at the same path must be read before it is written.
  virtual FileId file() const { return {}; }

  // Sentences for the log, oldest first, about files set aside, losses and recovery. Each is
  // returned once.
  virtual std::vector<std::string> take_messages() = 0;
};

}  // namespace rollcall::history
