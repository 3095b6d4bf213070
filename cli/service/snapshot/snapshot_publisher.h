// Where the service hangs its newest picture, and everybody else looks.
//
// Threading: any.
// Ownership: shares the pictures.
// Units:     none.
// Errors:    none.
// Cost:      one short lock a call.
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
  // The service's thread is alive: ten times a second.
  void beat(TimePoint now) { beat_.beat(now); }
  TimePoint last_beat() const { return beat_.last(); }

  using Listener = std::function<void(const SnapshotPtr&)>;

  // None before the service has started.
  SnapshotPtr latest() const {
    const std::scoped_lock lock(mutex_);
    return latest_;
  }

  void publish(SnapshotPtr view) {
    const std::scoped_lock lock(mutex_);
    latest_ = std::move(view);
    if (listener_) listener_(latest_);
  }

  // The service's thread makes no progress: until it publishes again, nothing of the newest picture
  // counts as ready.
  void withdraw(const std::string& stuck);

  // Told of each picture, on the thread that publishes it: it must be quick, and must not call
  // back. An empty one: nobody is told from now on.
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
