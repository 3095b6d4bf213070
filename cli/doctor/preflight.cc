#include "cli/doctor/preflight.h"

#include "cli/doctor/judge_host.h"
#include "engine/send/transmit_socket.h"

namespace rollcall::doctor {

Result<std::vector<std::string>> preflight(const inventory::TargetTable& table,
                                           const send::RoutePlan& routes,
                                           const WireProofOptions& options) {
  if (!has_net_raw()) return std::unexpected(send::raw_socket_refused(EPERM));
  const auto evidence = prove_rst(table, routes, options);
  if (!evidence) return std::unexpected(evidence.error());
  std::vector<std::string> notes;
  if (const Check rst = judge_rst(*evidence); rst.status == Status::kFail) {
    if (refuses(*evidence)) {
      if (options.on_refusal) options.on_refusal();
      return fail(ErrorCode::kPath, sentence(rst));
    }
    // Silent targets, for example of a server that is down, keep no half-open connections.
    notes.push_back(sentence(rst));
  }
  const Check ports = judge_ports(read_port_facts(probe_ports()));
  if (ports.status != Status::kOk) notes.push_back(sentence(ports));
  return notes;
}

}  // namespace rollcall::doctor
