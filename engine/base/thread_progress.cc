#include "engine/base/thread_progress.h"

#include <utility>

namespace rollcall {

bool ThreadProgress::read_waits_for(std::string& into) const {
  // The thread may be stopped while it holds the lock, so the monitor must not wait for it.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) into = waits_for_;
  return lock.owns_lock();
}

void ThreadProgress::wait_for(std::string what) {
  {
    const std::scoped_lock lock(mutex_);
    waits_for_ = std::move(what);
  }
  beat();
}

std::shared_ptr<ThreadProgress> ThreadRegistry::add(std::string name) {
  auto progress = std::make_shared<ThreadProgress>(name);
  const std::scoped_lock lock(mutex_);
  std::erase_if(entries_,
                [](const Entry& entry) { return !entry.count && entry.progress.expired(); });
  entries_.push_back({.name = std::move(name), .progress = progress, .count = {}, .waits_for = {}});
  return progress;
}

std::shared_ptr<void> ThreadRegistry::add_counter(std::string name,
                                                  std::function<std::uint64_t()> count) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t id = ++last_id_;
  entries_.push_back({.name = std::move(name),
                      .progress = {},
                      .count = std::move(count),
                      .id = id,
                      .waits_for = {}});
  return {this, [id](void* registry) {
            auto& self = *static_cast<ThreadRegistry*>(registry);
            const std::scoped_lock of_self(self.mutex_);
            std::erase_if(self.entries_, [id](const Entry& entry) { return entry.id == id; });
          }};
}

bool ThreadRegistry::look_at(Entry& entry, Duration elapsed) {
  std::uint64_t count = 0;
  if (entry.count) {
    count = entry.count();
  } else {
    const auto progress = entry.progress.lock();
    if (!progress) return false;
    count = progress->beats();
    progress->read_waits_for(entry.waits_for);
  }
  if (std::exchange(entry.seen, count) != count) {
    entry.silent = {};
  } else {
    entry.silent += elapsed;
  }
  return true;
}

std::vector<StuckThread> ThreadRegistry::look(Duration elapsed, Duration least) {
  std::vector<StuckThread> silent;
  const std::scoped_lock lock(mutex_);
  std::erase_if(entries_, [&](Entry& entry) { return !look_at(entry, elapsed); });
  for (const Entry& entry : entries_) {
    if (entry.silent >= least) silent.push_back({entry.name, entry.silent, entry.waits_for});
  }
  return silent;
}

void ThreadRegistry::publish(std::string stuck, std::vector<std::string> hanging) {
  const std::scoped_lock lock(mutex_);
  stuck_ = std::move(stuck);
  hanging_ = std::move(hanging);
}

std::string ThreadRegistry::stuck() const {
  const std::scoped_lock lock(mutex_);
  return stuck_;
}

std::vector<std::string> ThreadRegistry::hanging() const {
  const std::scoped_lock lock(mutex_);
  return hanging_;
}

}  // namespace rollcall
