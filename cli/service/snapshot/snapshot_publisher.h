// SnapshotPublisher holds the newest snapshot: the service publishes it, all other threads read it.
//
// Threading: any.
// Ownership: shares the snapshots.
// Cost:      one short lock per call.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/heartbeat.h"

namespace rollcall::web {

struct FleetSnapshot;
using SnapshotPtr = std::shared_ptr<const FleetSnapshot>;

class SnapshotPublisher {
 public:
  // The service's thread is alive: called ten times a second.
  void beat(TimePoint now) { beat_.beat(now); }
  TimePoint last_beat() const { return beat_.last(); }

  using Listener = std::function<void(const SnapshotPtr&)>;

  // nullptr before the service has started.
  SnapshotPtr latest() const {
    const std::scoped_lock lock(mutex_);
    return latest_;
  }

  void publish(SnapshotPtr view) {
    const std::scoped_lock lock(mutex_);
    latest_ = std::move(view);
    if (listener_) listener_(latest_);
  }

  // The service's thread makes no progress. Until it publishes again, nothing in the newest
  // snapshot counts as ready.
  void withdraw(const std::string& stuck);

  // Called with each snapshot, on the thread that publishes it: it must be quick and must not call
  // back. An empty listener ends the calls.
  void listen(Listener listener) {
    const std::scoped_lock lock(mutex_);
    listener_ = std::move(listener);
  }

 private:
  mutable std::mutex mutex_;
  SnapshotPtr latest_;
  Listener listener_;
  Heartbeat beat_;
};

}  // namespace rollcall::web
