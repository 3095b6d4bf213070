#include "cli/doctor/rst/rst_proof.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "cli/doctor/host_facts.h"
#include "cli/doctor/rst/egress_sample.h"
#include "cli/doctor/rst/tap.h"
#include "engine/base/random.h"
#include "engine/packet/port_schedule.h"
#include "engine/packet/syn_template.h"
#include "engine/packet/wire_layout.h"
#include "engine/send/mmsg_sink.h"
#include "engine/send/routing/neighbour_tables.h"
#include "engine/send/routing/route_source.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::doctor {
namespace {

using namespace std::chrono_literals;
using send::NextHop;

// The kernel answers a SYN-ACK within microseconds. The rest is margin for a busy CPU.
constexpr Duration kResetWait = 100ms;
// Two rounds, so that one lost or late packet does not count as a firewall drop.
constexpr int kRounds = 2;

constexpr std::uint8_t kSynAck = packet::tcp::kSyn | packet::tcp::kAckFlag;

Port random_probe_port(Random& random) {
  return {
      static_cast<std::uint16_t>(packet::kDefaultPortBase.value + random.below(packet::kPortSpan))};
}

bool is_syn_ack(const Segment& segment) {
  return (segment.flags & (kSynAck | packet::tcp::kRst)) == kSynAck;
}
Segment reversed(const Segment& segment, std::uint8_t flags) {
  return {segment.to, segment.from, segment.to_port, segment.from_port, segment.seq, {}, flags};
}

// Ignores the result: if a firewall drops the packet on output, send(2) fails with EPERM, and the
// tap sees no packet.
void send_one(send::PacketSink& sink, std::span<const std::byte> bytes) {
  const std::array<send::Frame, 1> batch{bytes};
  sink.submit(batch);
}

std::string interface_name(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(index, name.data()) == nullptr ? "" : name.data();
}

std::uint64_t neighbours_refused(bool v4) {
  const auto tables = send::read_neighbour_tables();
  if (!tables) return 0;
  return v4 ? tables->v4.refusals : tables->v6.refusals;
}

bool is_lo_up() {
  const auto source = send::open_netlink_routes();
  if (!source) return true;
  const auto interfaces = (*source)->interfaces();
  if (!interfaces) return true;
  const auto lo = std::ranges::find(*interfaces, "lo", &send::Interface::name);
  return lo != interfaces->end() && lo->up;
}

// The proof for one egress: its sockets, and the probes of one round.
class WireProof {
 public:
  static Result<WireProof> open(const inventory::TargetTable& table, const send::RoutePlan& routes,
                                const EgressSample& sample) {
    const NextHop& hop = routes.hops()[routes.hop_of(table.place_of(sample.targets.front()))];
    auto tap = Tap::open();
    if (!tap) return std::unexpected(tap.error());
    auto raw = send::open_raw_ip_socket(hop);
    if (!raw) return std::unexpected(raw.error());
    WireProof proof(table, routes, sample, std::move(*tap));
    proof.raw_ = std::make_unique<send::RawIpSink>(std::move(*raw));
    if (sample.egress.packet_socket) {
      auto packet = send::open_packet_socket(hop);
      if (!packet) return std::unexpected(packet.error());
      proof.packet_ = std::make_unique<send::MmsgSink>(std::move(*packet));
    }
    return proof;
  }

  WireEvidence gather(const WireProofOptions& options) {
    WireEvidence evidence{.interface = hop_of(sample_.targets.front()).interface,
                          .v4 = sample_.egress.v4,
                          .packet_socket = sample_.egress.packet_socket,
                          .asked = static_cast<std::uint32_t>(sample_.targets.size()),
                          .bare_leaves = {},
                          .refused_before = options.refused_before};
    if (options.refused_before && still_blocked(evidence)) return evidence;
    const std::uint64_t dropped_before = read_reverse_path_drops();
    const std::uint64_t refused_before = neighbours_refused(sample_.egress.v4);
    for (int round = 0; round < kRounds && !evidence.reset; ++round) {
      ask();
      listen(evidence, options.answer_wait);
      if (evidence.reset) break;
      evidence.bare_leaves = bare_reset_leaves();
      // If no target answers and nothing is blocked, a second round proves no more.
      if (evidence.answered == 0 && evidence.bare_leaves != false) break;
      sample_.targets.resize(1);  // each SYN may leave a half-open connection
      prefer_answered();
    }
    evidence.reverse_path_dropped = read_reverse_path_drops() > dropped_before;
    evidence.neighbours_full = neighbours_refused(sample_.egress.v4) > refused_before;
    if (evidence.answered > 0 && !evidence.reset) explain(evidence);
    return evidence;
  }

 private:
  WireProof(const inventory::TargetTable& table, const send::RoutePlan& routes,
            const EgressSample& sample, Tap tap)
      : table_(&table), routes_(&routes), sample_(sample), tap_(std::move(tap)) {}

  const NextHop& hop_of(TargetIndex target) const {
    return routes_->hops()[routes_->hop_of(table_->place_of(target))];
  }

  // Sends a RST without a connection. Over raw IP it proves nothing, because the kernel tracks our
  // SYNs there.
  bool still_blocked(WireEvidence& evidence) {
    sample_.targets.resize(1);
    evidence.asked = 1;
    if (!sample_.egress.packet_socket) return false;
    prepare();
    evidence.bare_leaves = bare_reset_leaves();
    return evidence.bare_leaves == false;
  }

  // Probes a target that has answered again: its SYN-ACK shows whether the RST leaves.
  void prefer_answered() {
    if (!answers_.empty()) sample_.targets.front() = answered_target_;
  }

  // Looks up why no RST left: the kernel's route for it, and whether reverse path filtering dropped
  // the SYN-ACK. A value that cannot be read stays unknown.
  void explain(WireEvidence& evidence) const {
    const Address self = hop_of(answered_target_).self;
    const Address target = (*table_)[answered_target_].address;
    evidence.self = self.to_string();
    evidence.target = target.to_string();
    evidence.rp_filter = read_rp_filter(evidence.answer_interface);
    evidence.reverse_path_dropped &= evidence.v4 && evidence.rp_filter != 0;
    const auto source = send::open_netlink_routes();
    if (!source) return;
    const auto route = (*source)->route({.destination = target, .source = self});
    if (!route) return;
    const bool leads_there =
        route->kind == send::RouteKind::kUnicast || route->kind == send::RouteKind::kLocal;
    evidence.reset_route = leads_there ? interface_name(route->interface_index) : "";
  }

  void ask() {
    prepare();
    for (std::size_t i = 0; i < probes_.size(); ++i) {
      send_syn(probes_[i], hop_of(sample_.targets[i]));
    }
  }

  void prepare() {
    probes_.clear();
    answers_.clear();
    for (const TargetIndex index : sample_.targets) {
      const inventory::Target& target = (*table_)[index];
      const NextHop& hop = hop_of(index);
      const Segment probe{.from = hop.self,
                          .to = target.address,
                          .from_port = random_probe_port(random_),
                          .to_port = target.port,
                          .seq = {static_cast<std::uint32_t>(random_())},
                          .flags = packet::tcp::kSyn};
      probes_.push_back(probe);
    }
  }

  void send_syn(const Segment& probe, const NextHop& hop) {
    std::optional<packet::LinkHeader> link;
    if (packet_) link = {.peer_mac = hop.gateway_mac, .self_mac = hop.self_mac};
    std::array<std::byte, packet::kFrameBytesMax> slot{};
    const packet::SynTemplate syn(hop.self, link);
    syn.emit(slot, {.peer = probe.to,
                    .self_port = probe.from_port,
                    .peer_port = probe.to_port,
                    .seq = probe.seq,
                    .ip_id = static_cast<std::uint16_t>(random_())});
    send_one(packet_ ? *packet_ : *raw_, std::span(slot).first(syn.frame_bytes()));
  }

  const Segment* probe_along(const Segment& segment) const {
    const auto found =
        std::ranges::find_if(probes_, [&](const Segment& p) { return along(p, segment); });
    return found == probes_.end() ? nullptr : &*found;
  }

  // Waits until the first RST, because one RST that leaves proves the egress.
  void listen(WireEvidence& evidence, Duration answer_wait) {
    std::uint32_t answered = 0;
    const auto see = [&](const Segment& segment, std::uint32_t interface) {
      const bool reset = std::ranges::any_of(
          probes_, [&](const Segment& probe) { return is_reset_after(probe, segment); });
      if (reset && !evidence.reset) {
        evidence.reset = true;
        evidence.reset_interface = interface_name(interface);
      }
      const Segment back = reversed(segment, 0);
      const Segment* asked = is_syn_ack(segment) ? probe_along(back) : nullptr;
      if (asked != nullptr && segment.ack == asked->seq + 1) {
        ++answered;
        answers_.push_back(segment);
        answered_target_ = sample_.targets[static_cast<std::size_t>(asked - probes_.data())];
        evidence.answer_interface = interface_name(interface);
      }
      return evidence.reset;
    };
    tap_.watch(answer_wait, [&](const Segment& segment, std::uint32_t interface) {
      return see(segment, interface) || answered > 0;
    });
    if (answered > 0 && !evidence.reset) tap_.watch(kResetWait, see);
    evidence.answered = std::min(evidence.asked, std::max(evidence.answered, answered));
  }

  // Sends RSTs as the kernel would send them, to all targets that answered. This ends their
  // half-open connections. If none answered, sends one to the first target, which ignores it.
  // nullopt: no RST was seen, but the kernel routes them elsewhere than its own, so this proves
  // nothing.
  std::optional<bool> bare_reset_leaves() {
    std::vector<Segment> resets;
    for (const Segment& answer : answers_) {
      resets.push_back(reversed(answer, packet::tcp::kRst));
      resets.back().seq = answer.ack;
    }
    if (resets.empty()) {
      resets.push_back(probes_.front());
      resets.back().flags = packet::tcp::kRst;
    }
    for (const Segment& reset : resets) send_one(*raw_, lay_out(reset));
    const bool seen_leaving = tap_.watch(kResetWait, [&](const Segment& seen, std::uint32_t) {
      return is_rst(seen) &&
             std::ranges::any_of(resets, [&](const Segment& reset) { return along(reset, seen); });
    });
    if (!seen_leaving && !raw_goes_as_probes()) return std::nullopt;
    return seen_leaving;
  }

  // For packets of a raw socket the kernel looks up the route without source address and ports. So
  // policy rules that select by these do not apply. If no other route leads through the bound
  // interface, the kernel takes the target for a neighbour there.
  bool raw_goes_as_probes() const {
    const NextHop& hop = hop_of(sample_.targets.front());
    const auto source = send::open_netlink_routes();
    if (!source) return true;
    const auto route = (*source)->route({.destination = (*table_)[sample_.targets.front()].address,
                                         .interface_index = hop.interface_index});
    return !route || route->gateway == hop.gateway;
  }

  const inventory::TargetTable* table_;
  const send::RoutePlan* routes_;
  EgressSample sample_;
  Tap tap_;
  std::unique_ptr<send::PacketSink> packet_;  // null: the raw IP lane
  std::unique_ptr<send::PacketSink> raw_;
  Random random_{random_seed()};
  std::vector<Segment> probes_;
  std::vector<Segment> answers_;
  TargetIndex answered_target_;  // meaningful once a target has answered
};

// Unlike open_raw_ip_socket(), does not bind to a device. The route to an own address first names
// the interface that has the address, and only then lo.
Result<std::unique_ptr<send::PacketSink>> open_local_sink(bool v4) {
  Fd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!fd) return std::unexpected(send::raw_socket_refused(errno));
  const int on = 1;
  if (!v4 && ::setsockopt(fd.get(), SOL_IPV6, IPV6_HDRINCL, &on, sizeof on) != 0) {
    return fail(ErrorCode::kSystem, "cannot send IPv6 headers of our own", errno);
  }
  return std::make_unique<send::RawIpSink>(std::move(fd));
}

}  // namespace

Result<std::vector<WireEvidence>> prove_on_wire(const inventory::TargetTable& table,
                                                const send::RoutePlan& routes,
                                                const WireProofOptions& options) {
  std::vector<WireEvidence> all;
  for (const EgressSample& sample :
       sample_egresses(table, routes, options.raw_ip_only, kTargetsPerEgress)) {
    auto proof = WireProof::open(table, routes, sample);
    if (!proof) return std::unexpected(proof.error());
    all.push_back(proof->gather(options));
  }
  return all;
}

Result<LoopEvidence> prove_on_loopback(const Address& self) {
  // If lo is down, no packet passes there, with any firewall.
  if (!is_lo_up()) return LoopEvidence{.v4 = self.is_v4(), .lo_up = false};
  auto tap = Tap::open();
  if (!tap) return std::unexpected(tap.error());
  auto sink = open_local_sink(self.is_v4());
  if (!sink) return std::unexpected(sink.error());

  Random random(random_seed());
  const Port ours = random_probe_port(random);
  // Any other port of the range, so that no socket of this host owns either end.
  const Port theirs = {static_cast<std::uint16_t>(
      packet::kDefaultPortBase.value +
      (ours.value - packet::kDefaultPortBase.value + 1) % packet::kPortSpan)};
  LoopEvidence evidence{.v4 = self.is_v4()};
  const Segment reset{
      self, self, ours, theirs, {static_cast<std::uint32_t>(random())}, {}, packet::tcp::kRst};
  send_one(**sink, lay_out(reset));
  evidence.bare_leaves =
      tap->watch(kResetWait, [&](const Segment& seen, std::uint32_t) { return seen == reset; });

  // The RST that must follow has this ack as its seq (RFC 9293 section 3.5.2, group 1). That
  // distinguishes it from the RST above.
  const Segment syn_ack{self,
                        self,
                        theirs,
                        ours,
                        {static_cast<std::uint32_t>(random())},
                        {static_cast<std::uint32_t>(random())},
                        kSynAck};
  send_one(**sink, lay_out(syn_ack));
  tap->watch(kResetWait, [&](const Segment& seen, std::uint32_t) {
    evidence.syn_ack_seen |= seen == syn_ack;
    evidence.reset |= is_rst(seen) && along(reset, seen) && seen.seq == syn_ack.ack;
    return evidence.reset;
  });
  return evidence;
}

Result<RstEvidence> prove_rst(const inventory::TargetTable& table, const send::RoutePlan& routes,
                              const WireProofOptions& options) {
  RstEvidence evidence;
  auto wire = prove_on_wire(table, routes, options);
  if (!wire) return std::unexpected(wire.error());
  evidence.wire = std::move(*wire);
  const bool all_speak = std::ranges::all_of(
      evidence.wire, [](const WireEvidence& egress) { return verdict_of(egress).has_value(); });
  if (all_speak && !evidence.wire.empty()) return evidence;

  for (const bool v4 : {true, false}) {
    const auto hop =
        std::ranges::find(routes.hops(), v4, [](const NextHop& each) { return each.self.is_v4(); });
    if (hop == routes.hops().end()) continue;
    auto loop = prove_on_loopback(hop->self);
    if (!loop) return std::unexpected(loop.error());
    evidence.loop.push_back(*loop);
  }
  return evidence;
}

}  // namespace rollcall::doctor
