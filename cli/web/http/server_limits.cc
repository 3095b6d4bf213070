#include "cli/web/http/server_limits.h"

#include <algorithm>

#include "scheduler/recheck/connect_socket.h"
#include "scheduler/recheck/uring_connector.h"

namespace rollcall::web {
namespace {

constexpr rlim_t kFew = 8;  // connections allowed under any limit
constexpr rlim_t kReserved = recheck::kDescriptorsReserved;
constexpr rlim_t kConnects = recheck::kConnectsInFlightMax;

}  // namespace

ServerLimits within_descriptors(ServerLimits limits, const rlimit& descriptors) {
  const rlim_t hard = descriptors.rlim_max;
  const rlim_t connects = std::min<rlim_t>(hard - std::min<rlim_t>(hard, kReserved), kConnects);
  const rlim_t room = std::min(descriptors.rlim_cur / 4, (hard - connects) / 4 * 3);
  limits.connections = std::min<rlim_t>(limits.connections, std::max(room, kFew));
  limits.subscribers = std::min(limits.subscribers, limits.connections / 2);
  return limits;
}

}  // namespace rollcall::web
