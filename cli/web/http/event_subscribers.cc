#include "cli/web/http/event_subscribers.h"

#include <algorithm>
#include <vector>

namespace rollcall::web {

void EventSubscribers::add(const ConnectionPtr& connection, std::string hello) {
  all_.insert(connection);
  connection->send_event(std::make_shared<const std::string>(std::move(hello)));
}

void EventSubscribers::remove(const Connection& connection) {
  std::erase_if(all_, [&](const ConnectionPtr& other) { return other.get() == &connection; });
}

void EventSubscribers::tell(std::string text) {
  const auto shared = std::make_shared<const std::string>(std::move(text));
  // A copy, because send_event() may drop a slow subscriber and remove it from the set.
  const std::vector<ConnectionPtr> subscribers(all_.begin(), all_.end());
  for (const ConnectionPtr& listener : subscribers) listener->send_event(shared);
  bound_queues();
}

void EventSubscribers::bound_queues() {
  std::size_t queued = 0;
  for (const ConnectionPtr& listener : all_) queued += listener->queued_bytes();
  while (queued > limits_.all_queued_bytes) {
    const ConnectionPtr slowest = *std::ranges::max_element(
        all_, {}, [](const ConnectionPtr& listener) { return listener->queued_bytes(); });
    queued -= slowest->queued_bytes();
    slowest->drop();
  }
}

}  // namespace rollcall::web
