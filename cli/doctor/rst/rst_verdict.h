// Decides from the evidence whether the kernel's own RST leaves this host.
//
// The scanner's SYNs leave through a packet socket, so the kernel does not know them. It must
// answer each SYN-ACK with a RST. Otherwise the target keeps a half-open connection, and a sweep
// becomes a SYN flood. Connection tracking calls that SYN-ACK and that RST invalid, and many rule
// sets drop invalid packets on input or on output.
//
// Threading: pure functions.
// Units:     counts of targets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/check.h"

namespace rollcall::doctor {

// Evidence from probes to some targets, on one interface and for one family.
struct WireEvidence {
  std::string interface;
  bool v4 = true;
  bool packet_socket = true;        // false: raw IP, so that the kernel tracks our SYNs
  std::uint32_t asked = 0;          // targets that got a SYN
  std::uint32_t answered = 0;       // SYN-ACKs seen coming in
  bool reset = false;               // a RST of the kernel was seen leaving, on any interface
  std::optional<bool> bare_leaves;  // our RST without a connection left; nullopt: not known
  bool refused_before = false;      // the last proof on this host failed; `bare_leaves` came first

  std::string answer_interface{};  // on which SYN-ACKs arrived
  std::string reset_interface{};   // through which the RST left

  // Looked up only if targets answered and no RST left:
  std::string target{};                      // a target that answered
  std::string self{};                        // the source address of the SYN
  std::optional<std::string> reset_route{};  // interface of the RST's route; "": no route
  bool reverse_path_dropped = false;         // rp_filter dropped packets in that time
  bool neighbours_full = false;              // the neighbour table refused entries in that time
  int rp_filter = 0;                         // the kernel's value for answer_interface
};

// Evidence from packets on loopback to an address of this host, for one family.
struct LoopEvidence {
  bool v4 = true;
  bool lo_up = true;          // if not, loopback proves nothing
  bool bare_leaves = false;   // as above
  bool syn_ack_seen = false;  // an unsolicited SYN-ACK passed
  bool reset = false;         // and the kernel answered it with RST
};

struct RstEvidence {
  std::vector<WireEvidence> wire;
  std::vector<LoopEvidence> loop;
};

enum class RstVerdict : std::uint8_t {
  kLeaves,       // seen on the wire on each probed egress, or no target was probed
  kLoopOnly,     // all targets of an egress were silent: only loopback proves it
  kUnproven,     // no evidence
  kReversePath,  // SYN-ACKs arrive, and rp_filter hides them from the kernel
  kNoNeighbour,  // the neighbour table is full, so the kernel cannot resolve the next hop's MAC
  kMisrouted,    // the RST has a route to another interface, and was not seen leaving there
  kDroppedIn,    // SYN-ACKs arrive, and a firewall rule hides them from the kernel
  kDroppedOut,   // a firewall rule drops the RST
};

// The verdict from one egress alone; nullopt: it proves nothing.
std::optional<RstVerdict> verdict_of(const WireEvidence& evidence);
std::optional<RstVerdict> verdict_of(const LoopEvidence& evidence);
// The worst verdict of all egresses. Evidence from the wire outweighs loopback.
RstVerdict verdict_of(const RstEvidence& evidence);

// Whether a sweep would harm its targets: targets sent SYN-ACKs, and no RST left on any interface.
// Silent targets may just be down, so they prove no harm.
bool refuses(const RstEvidence& evidence);

// The check named "rst".
Check judge_rst(const RstEvidence& evidence);

}  // namespace rollcall::doctor
