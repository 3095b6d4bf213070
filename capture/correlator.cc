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
    case ReplyKind::kUnreachable:
      break;
  }
  return ObservationKind::kUnreachable;
}

}  // namespace

Correlator::Correlator(const inventory::TargetTable& table, const packet::CookieKey& key,
                       const packet::PortSchedule& ports, Epoch epoch)
    : table_(table), key_(key), ports_(ports), epoch_(epoch.value) {}

bool Correlator::proves(const packet::FrameView& view, Epoch epoch) const {
  const TcpSeq cookie = key_.cookie({view.self, view.peer, view.self_port, view.peer_port}, epoch);
  switch (view.kind) {
    case ReplyKind::kSynAck:
      return view.proof == cookie + 1;
    case ReplyKind::kRst:
      return view.proof == cookie + 1 || view.proof == cookie;
    case ReplyKind::kUnreachable:
      return view.proof == cookie;
    case ReplyKind::kBareAck:
      break;
  }
  return true;
}

std::expected<Observation, RejectReason> Correlator::correlate(const packet::FrameView& view,
                                                               Slot slot, TimePoint at) const {
  if (!ports_.contains(view.self_port)) return std::unexpected(RejectReason::kNotOurPort);
  const auto target = table_.find(view.peer, view.peer_port, slot);
  if (!target) return std::unexpected(RejectReason::kUnknownTarget);
  const Epoch current{epoch_.load(std::memory_order_relaxed)};
  const auto probe = ports_.identify(view.peer, view.peer_port, view.self_port, current);
  if (!probe) return std::unexpected(RejectReason::kWrongEpoch);
  if (!proves(view, probe->epoch)) return std::unexpected(RejectReason::kWrongCookie);
  return Observation{.at = at,
                     .target = *target,
                     .kind = kind_of(view.kind),
                     .attempt = probe->attempt,
                     .previous_epoch = probe->epoch != current,
                     .icmp_code = view.icmp_code};
}

}  // namespace rollcall::capture
