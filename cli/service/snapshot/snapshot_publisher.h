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

#include "cli/service/snapshot/fleet_snapshot.h"
#include "engine/base/heartbeat.h"

namespace rollcall::web {

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
  void withdraw(const std::string& stuck) {
    // The service's thread may be stuck in publish() and hold the lock.
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || !latest_) return;
    auto view = std::make_shared<FleetSnapshot>(*latest_);
    view->ready_until = {};
    view->stuck = stuck;
    latest_ = std::move(view);
    if (listener_) listener_(latest_);
  }

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
