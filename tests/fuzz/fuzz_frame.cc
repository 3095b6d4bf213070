// Any bytes as a captured frame, through the view and the correlator.
//
// The first byte chooses the link type. Beyond "no crash, no read out of bounds": what the
// correlator accepts must name a target of the table, and a forged proof must never be accepted.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "capture/correlator.h"
#include "tests/fakes/small_table.h"

namespace {

using namespace rollcall;

const inventory::TargetTable& table() {
  static const inventory::TargetTable table =
      fakes::table_of({{"198.18.7.201", 443}, {"198.18.7.201", 80}, {"2001:db8::9", 80}});
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto link = static_cast<packet::LinkType>(data[0] % packet::kLinkTypes);
  const auto view = packet::view_frame(std::as_bytes(std::span(data + 1, size - 1)), link);
  if (!view) return 0;

  // A new key for each input: whatever the bytes are, they cannot know its cookie.
  const packet::CookieKey key = packet::CookieKey::random();
  const capture::Correlator correlator(table(), key, {key, packet::kDefaultPortBase}, {1});
  const auto observation = correlator.correlate(*view, {});
  if (!observation) return 0;
  const inventory::Target& target = table().at(observation->target);
  if (target.address != view->peer || target.port != view->peer_port) std::abort();
  // A bare ACK proves nothing and so may pass; anything else must have guessed 32 bits and the
  // port.
  if (observation->kind != capture::ObservationKind::kBusy) std::abort();
  return 0;
}
