#include "cli/doctor/examine.h"

#include <utility>

#include "cli/doctor/egress_route.h"
#include "cli/doctor/judge_host.h"
#include "cli/doctor/rst/rst_proof.h"

namespace rollcall::doctor {
namespace {

constexpr Address kLoopback = Address::from_v4(0x7f000001);
// Long enough for a target on the other side of the world; an operator waits for the result.
constexpr Duration kAnswerWait = std::chrono::seconds(1);

Result<RstEvidence> evidence_for(const ExamineRequest& request, const EgressRoute& egress) {
  if (request.table != nullptr && egress.plan) {
    return prove_rst(*request.table, *egress.plan,
                     {.raw_ip_only = request.raw_ip_only, .answer_wait = kAnswerWait});
  }
  const auto loop = prove_on_loopback(egress.self.value_or(kLoopback));
  if (!loop) return std::unexpected(loop.error());
  return RstEvidence{.wire = {}, .loop = {*loop}};
}

Check examine_rst(const ExamineRequest& request, const EgressRoute& egress, bool permitted) {
  if (!permitted) {
    return {Status::kWarn, "rst", "not looked at: that takes cap_net_raw"};
  }
  const auto evidence = evidence_for(request, egress);
  if (!evidence) return {Status::kFail, "rst", evidence.error().to_string()};
  return judge_rst(*evidence);
}

// Targets whose SYNs the kernel's connection tracking sees.
std::uint64_t tracked_targets(const ExamineRequest& request, const EgressRoute& egress) {
  if (request.table == nullptr) return 0;
  return request.raw_ip_only ? request.table->size() : egress.on_link;
}

}  // namespace

std::vector<Check> examine(const ExamineRequest& request) {
  const bool permitted = has_net_raw();
  const EgressRoute egress = request.table != nullptr
                                 ? find_egress_route(*request.table, request.routes)
                                 : find_default_egress(request.routes);
  const LimitFacts limits = read_limit_facts();
  const auto sockets = count_packet_sockets();  // before the proof opens its own
  std::vector<Check> checks;
  checks.push_back(judge_capability(permitted));
  checks.push_back(egress.check);
  checks.push_back(examine_rst(request, egress, permitted));
  checks.push_back(judge_ports(read_port_facts(probe_ports())));
  checks.push_back(judge_uring(read_uring_facts(), request.uring_wanted));
  checks.push_back(judge_conntrack(read_conntrack_facts(), tracked_targets(request, egress)));
  checks.push_back(judge_steering(read_steering_facts(egress.interfaces)));
  checks.push_back(judge_ring(request.ring_bytes, request.rate, request.finds_rate));
  checks.push_back(judge_neighbours(read_neighbours_max(), egress.on_link));
  checks.push_back(judge_files(limits));
  checks.push_back(judge_memlock(limits));
  checks.push_back(judge_clock(read_clock_facts()));
  checks.push_back(judge_packet_sockets(sockets));
  return checks;
}

}  // namespace rollcall::doctor
