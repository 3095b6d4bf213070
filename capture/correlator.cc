#include "capture/correlator.h"

namespace rollcall::capture {
namespace {

using packet::RejectReason;
using packet::ReplyKind;

ObservationKind kind_of(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kSynAck:
      return ObservationKind::kSynAck;
    case ReplyKind::kRst:
      return ObservationKind::kRst;
    case ReplyKind::kBareAck:
      return ObservationKind::kBusy;
    case ReplyKind::kRejected:
      return ObservationKind::kRejected;
    case ReplyKind::kUnreachable:
      break;
  }
  return ObservationKind::kUnreachable;
}

}  // namespace

Correlator::Correlator(const inventory::TargetTable& table, const packet::CookieKey& key,
                       const packet::PortSchedule& ports, Epoch epoch)
    : table_(table), key_(key), ports_(ports), epoch_(epoch.value) {}

bool Correlator::is_of(const packet::FrameView& view, ScanIndex place) const {
  if (place.value >= table_.size_with_canaries()) return false;
  const inventory::Target& target = table_.at(place);
  return target.address == view.peer && target.port == view.peer_port;
}

// The target that the frame's number names, if that target is also the frame's sender.
std::optional<Correlator::Proof> Correlator::proof_in(const packet::FrameView& view,
                                                      Epoch current) const {
  if (view.kind == ReplyKind::kBareAck) return std::nullopt;
  for (const Epoch epoch : {current, current.previous()}) {
    if (const auto place = place_in(view, epoch)) return Proof{*place, epoch};
  }
  return std::nullopt;
}

std::optional<ScanIndex> Correlator::place_in(const packet::FrameView& view, Epoch epoch) const {
  const TcpSeq cookie = key_.cookie({view.self, view.peer, view.self_port, view.peer_port}, epoch);
  if (!packet::is_icmp(view.kind)) {
    const ScanIndex place = packet::place_in(view.proof - 1, cookie);
    if (is_of(view, place)) return place;
  }
  if (view.kind != ReplyKind::kSynAck) {
    const ScanIndex place = packet::place_in(view.proof, cookie);
    if (is_of(view, place)) return place;
  }
  return std::nullopt;
}

bool Correlator::answers_canary(const packet::FrameView& view, ScanIndex place,
                                Epoch current) const {
  if (view.kind == ReplyKind::kBareAck) return false;
  const auto probe = ports_.identify_canary(table_.at(place).port_phase, view.self_port, current);
  return probe && place_in(view, probe->epoch) == place;
}

std::expected<Observation, RejectReason> Correlator::correlate(const packet::FrameView& view,
                                                               TimePoint at) const {
  if (!ports_.contains(view.self_port)) return std::unexpected(RejectReason::kNotOurPort);
  const Epoch current{epoch_.load(std::memory_order_relaxed)};
  const auto proof = proof_in(view, current);
  const auto place =
      proof ? std::optional(proof->place) : table_.find_scan_index(view.peer, view.peer_port);
  if (!place) return std::unexpected(RejectReason::kUnknownTarget);
  if (!proof && answers_canary(view, *place, current)) {
    return Observation{.at = at,
                       .target = *place,
                       .kind = kind_of(view.kind),
                       .attempt = packet::kCanaryAttempt,
                       .icmp_code = view.icmp_code};
  }
  const auto probe = ports_.identify(table_.at(*place).port_phase, view.self_port, current);
  if (!probe) return std::unexpected(RejectReason::kWrongEpoch);
  const bool passes = proof ? probe->epoch == proof->epoch : view.kind == ReplyKind::kBareAck;
  if (!passes) return std::unexpected(RejectReason::kWrongCookie);
  return Observation{.at = at,
                     .target = *place,
                     .kind = kind_of(view.kind),
                     .attempt = probe->attempt,
                     .previous_epoch = probe->epoch != current,
                     .icmp_code = view.icmp_code};
}

}  // namespace rollcall::capture
