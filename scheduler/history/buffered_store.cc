#include "scheduler/history/buffered_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rollcall::history {
namespace {

// A full disk or another program's lock can end by itself. Any other error needs a new connection.
bool connection_is_sound(const Error& error) {
  return error.sys_errno == ENOSPC || error.sys_errno == EBUSY;
}

// Not 0, which stands for "no stamp".
std::uint64_t draw_writer() {
  return random_seed() | 1;
}

}  // namespace

BufferedStore::BufferedStore(Opener opener, const Clock& clock, BufferOptions options)
    : opener_(std::move(opener)),
      clock_(clock),
      options_(options),
      is_held_(options.read_first),
      writer_(draw_writer()) {}

Result<std::unique_ptr<BufferedStore>> BufferedStore::start(Opener opener, const Clock& clock,
                                                            BufferOptions options) {
  std::unique_ptr<BufferedStore> store(new BufferedStore(std::move(opener), clock, options));
  if (const auto opened = store->open(); !opened) {
    if (opened.error().code == ErrorCode::kUsage) return std::unexpected(opened.error());
    store->note_failure(opened.error());
  }
  return store;
}

Result<void> BufferedStore::open() {
  auto opened = opener_();
  if (!opened) return std::unexpected(opened.error());
  inner_ = *std::move(opened);
  const bool is_other = file_ && *file_ != inner_->file();
  is_held_ = is_held_ || (options_.read_first && is_other);
  file_ = inner_->file();
  return {};
}

Result<void> BufferedStore::commit(const Batch& batch) {
  if (batch.empty()) return flush();
  Batch stamped = batch;
  stamped.stamp = {writer_, ++sequence_};
  waiting_.push(std::move(stamped));
  const auto flushed = flush();
  if (!flushed || is_held_) shed();
  return flushed;
}

void BufferedStore::release() {
  is_held_ = false;
  next_try_ = {};
}

Result<void> BufferedStore::flush() {
  const TimePoint now = clock_.now();
  if (failure_ && now < next_try_) return std::unexpected(*failure_);
  const std::size_t batches = waiting_.size();
  const auto written = write_all();
  take_inner_messages();
  if (written) {
    if (!is_held_) note_success(batches);
  } else {
    note_failure(written.error());
  }
  return written;
}

Result<void> BufferedStore::write_all() {
  if (!inner_) {
    if (auto opened = open(); !opened) return opened;
  }
  while (!waiting_.empty() && !is_held_) {
    const Batch& batch = waiting_.front();
    if (auto committed = inner_->commit(batch); !committed) {
      if (!connection_is_sound(committed.error())) {
        take_inner_messages();
        inner_.reset();
        // The file at this path has not been read, even if it cannot be opened yet.
        is_held_ = options_.read_first && committed.error().sys_errno == ESTALE;
      }
      return committed;
    }
    waiting_.pop();
    file_ = inner_->file();  // a new file in place of a corrupt one has nothing to read
  }
  return {};
}

void BufferedStore::note_failure(const Error& error) {
  if (!failure_) {
    messages_.push_back(fmt::format("{}; what happens is kept in memory until it can be written",
                                    error.to_string()));
  }
  pause_ = failure_ ? std::min(2 * pause_, options_.pause_max) : options_.pause_min;
  failure_ = error;
  next_try_ = clock_.now() + pause_;
}

void BufferedStore::note_success(std::size_t batches) {
  if (!failure_) return;
  failure_.reset();
  std::string sentence =
      fmt::format("the history can be written again; {} batches waited", batches);
  if (rows_shed_ > 0) sentence += fmt::format(", {} rows were lost", rows_shed_);
  messages_.push_back(std::move(sentence));
  rows_shed_ = 0;
}

void BufferedStore::shed() {
  const std::size_t gone = waiting_.shed(options_.rows_max);
  if (rows_shed_ == 0 && gone > 0) {
    messages_.push_back(fmt::format(
        "more than {} rows wait for the disk: the oldest are being lost", options_.rows_max));
  }
  rows_shed_ += gone;
}

Result<PruneReport> BufferedStore::prune(const Retention& retention, WallTime now) {
  if (failure_ || !inner_ || is_held_)
    return PruneReport{};  // first the waiting batches; flush() reports the error
  auto report = inner_->prune(retention, now);
  take_inner_messages();
  if (!report) note_failure(report.error());
  return report;
}

bool BufferedStore::wants_everything() const {
  return waiting_.has_lost_state() || (inner_ && inner_->wants_everything());
}

void BufferedStore::take_inner_messages() {
  if (!inner_) return;
  for (std::string& sentence : inner_->take_messages()) messages_.push_back(std::move(sentence));
}

std::vector<std::string> BufferedStore::take_messages() {
  take_inner_messages();
  return std::exchange(messages_, {});
}

}  // namespace rollcall::history
