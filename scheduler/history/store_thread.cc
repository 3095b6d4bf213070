#include "scheduler/history/store_thread.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::history {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kBeatPause{1};

}  // namespace

StoreThread::StoreThread(BufferedStore::Opener opener, const Clock& clock, BufferOptions options,
                         std::string place, std::shared_ptr<ThreadProgress> progress)
    : opener_(std::move(opener)),
      clock_(clock),
      options_(options),
      place_(std::move(place)),
      progress_(std::move(progress)),
      is_held_(options.read_first),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

StoreThread::~StoreThread() = default;

std::optional<Result<void>> StoreThread::opened(Longest longest) {
  Lock lock(mutex_);
  changed_.wait_for(lock, longest, [this] { return opened_.has_value(); });
  return opened_;
}

StoreThread::Ticket StoreThread::commit(Batch batch) {
  const std::scoped_lock lock(mutex_);
  batch.stamp.sequence = ++last_;
  queue_.push(std::move(batch));
  const std::size_t gone = queue_.shed(options_.rows_max);
  if (rows_shed_ == 0 && gone > 0) {
    messages_.push_back(fmt::format("more than {} rows wait for {}: the oldest are being lost",
                                    options_.rows_max, place_));
  }
  rows_shed_ += gone;
  changed_.notify_all();
  return last_;
}

bool StoreThread::is_done(Ticket ticket) const {
  const std::scoped_lock lock(mutex_);
  return done_ >= ticket;
}

bool StoreThread::wait(Ticket ticket, Longest longest) {
  Lock lock(mutex_);
  const auto until = steady_clock::now() + longest;
  while (done_ < ticket) {
    const auto now = steady_clock::now();
    const auto enough = is_busy_ ? std::min(until, busy_since_ + longest) : until;
    if (now >= enough) return false;
    changed_.wait_until(lock, enough);
  }
  return true;
}

bool StoreThread::wait_until_idle(Longest longest) {
  Lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return !is_busy_ && !has_work(); });
}

Duration StoreThread::busy_for() const {
  const std::scoped_lock lock(mutex_);
  return is_busy_ ? Duration(steady_clock::now() - busy_since_) : Duration{};
}

void StoreThread::read(std::function<void()> work) {
  const std::scoped_lock lock(mutex_);
  read_ = std::move(work);
  changed_.notify_all();
}

void StoreThread::prune(const Retention& retention, WallTime now) {
  const std::scoped_lock lock(mutex_);
  prune_ = PruneJob{retention, now};
  changed_.notify_all();
}

bool StoreThread::take_more_to_prune() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(more_to_prune_, false);
}

bool StoreThread::is_held() const {
  const std::scoped_lock lock(mutex_);
  return is_held_;
}

void StoreThread::release() {
  const std::scoped_lock lock(mutex_);
  is_held_ = false;
  release_ = true;
  changed_.notify_all();
}

std::size_t StoreThread::rows_waiting() const {
  const std::scoped_lock lock(mutex_);
  return queue_.rows() + rows_writing_ + rows_in_store_;
}

bool StoreThread::wants_everything() const {
  const std::scoped_lock lock(mutex_);
  return queue_.has_lost_state() || store_wants_everything_;
}

std::vector<std::string> StoreThread::take_messages() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(messages_, {});
}

bool StoreThread::has_work() const {
  return !queue_.empty() || read_ || prune_ || release_;
}

std::unique_ptr<BufferedStore> StoreThread::open() {
  const SlowOperation patience(progress_.get(), "opening " + place_);
  auto store = BufferedStore::start(std::move(opener_), clock_, options_);
  const std::scoped_lock lock(mutex_);
  is_busy_ = false;
  opened_ = store ? Result<void>() : std::unexpected(store.error());
  if (store) take_state(**store);
  changed_.notify_all();
  return store ? *std::move(store) : nullptr;
}

void StoreThread::run(const std::stop_token& stop) {
  ::prctl(PR_SET_NAME, "rc-store");
  const auto store = open();
  if (!store) return;
  Lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, kBeatPause, [this] { return has_work(); });
    if (progress_) progress_->beat();
    if (stop.stop_requested() || !has_work()) continue;
    is_busy_ = true;
    busy_since_ = steady_clock::now();
    if (std::exchange(release_, false)) store->release();
    if (read_) {
      read_next(lock);
    } else if (!queue_.empty()) {
      write_next(*store, lock);
    } else if (prune_) {
      prune_once(*store, lock);
    }
    take_state(*store);
    is_busy_ = false;
    changed_.notify_all();
  }
}

void StoreThread::write_next(BufferedStore& store, Lock& lock) {
  const Batch batch = queue_.pop();
  rows_writing_ = batch.rows();
  lock.unlock();
  {
    const SlowOperation patience(progress_.get(), "a write to " + place_);
    (void)store.commit(batch);  // its messages report the error
  }
  lock.lock();
  rows_writing_ = 0;
  // A batch that the queue dropped counts as done together with the batches before it.
  done_ = queue_.empty() ? last_ : batch.stamp.sequence;
  if (queue_.empty() && rows_shed_ > 0) {
    messages_.push_back(fmt::format("{} takes writes again; {} rows were lost", place_,
                                    std::exchange(rows_shed_, 0)));
  }
}

void StoreThread::read_next(Lock& lock) {
  const auto work = std::exchange(read_, nullptr);
  lock.unlock();
  {
    const SlowOperation patience(progress_.get(), "reading " + place_);
    work();
  }
  lock.lock();
}

void StoreThread::prune_once(BufferedStore& store, Lock& lock) {
  const PruneJob job = *std::exchange(prune_, std::nullopt);
  lock.unlock();
  bool more = false;
  {
    const SlowOperation patience(progress_.get(), "pruning " + place_);
    const auto report = store.prune(job.retention, job.now);
    more = report && report->more;
  }
  lock.lock();
  more_to_prune_ = more;
}

// Copies the store's state, so that other threads never wait for its work.
void StoreThread::take_state(BufferedStore& store) {
  if (!release_) is_held_ = store.is_held();
  rows_in_store_ = store.rows_waiting();
  store_wants_everything_ = store.wants_everything();
  std::ranges::move(store.take_messages(), std::back_inserter(messages_));
}

}  // namespace rollcall::history
