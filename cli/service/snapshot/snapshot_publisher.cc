#include "cli/service/snapshot/snapshot_publisher.h"

#include "cli/service/snapshot/fleet_snapshot.h"

namespace rollcall::web {

void SnapshotPublisher::withdraw(const std::string& stuck) {
  // The service's thread may stop for good while it publishes, and holds the lock then.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !latest_) return;
  auto snapshot = std::make_shared<FleetSnapshot>(*latest_);
  snapshot->ready_until = {};
  snapshot->stuck = stuck;
  latest_ = std::move(snapshot);
  if (listener_) listener_(latest_);
}

}  // namespace rollcall::web
