// Does the kernel's own RST leave? What was seen, and what follows from it.
//
// The scanner's SYNs leave through a packet socket, so the kernel knows nothing of them: it must
// answer each SYN-ACK with a RST, else the target keeps a half-open connection and a sweep becomes
// a SYN flood. Connection tracking calls that SYN-ACK and that RST invalid, and many rule sets drop
// what is invalid, on the way in or on the way out.
//
// Threading: pure functions.
// Ownership: values.
// Units:     counts of targets.
// Errors:    none.
// Cost:      allocates text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/check.h"

namespace rollcall::doctor {

// On one interface, for one family: some targets were really asked.
struct WireEvidence {
  std::string interface;
  bool v4 = true;
  bool packet_socket = true;        // false: raw IP, where the kernel knows our SYNs
  std::uint32_t asked = 0;          // targets
  std::uint32_t answered = 0;       // SYN-ACKs seen coming in
  bool reset = false;               // a RST of the kernel's seen leaving, on any interface
  std::optional<bool> bare_leaves;  // a RST that we sent without a connection; nullopt: not tried
  bool refused_before = false;      // the last proof on this host failed; `bare_leaves` came first

  std::string answer_interface{};  // where SYN-ACKs came in
  std::string reset_interface{};   // where the RST left

  // Looked up only if targets answered and no RST left:
  std::string target{};                      // one that answered
  std::string self{};                        // the address that asked
  std::optional<std::string> reset_route{};  // the interface to which routes lead the RST; "": none
  bool reverse_path_dropped = false;         // rp_filter dropped packets in that time
  bool neighbours_full = false;              // the kernel's neighbour table refused entries then
  int rp_filter = 0;                         // of answer_interface, as the kernel applies it
};

// On loopback, to an address of our own, for one family: nothing leaves the host.
struct LoopEvidence {
  bool v4 = true;
  bool lo_up = true;          // if not, nothing can be proven there
  bool bare_leaves = false;   // as above
  bool syn_ack_seen = false;  // a SYN-ACK that nobody asked for went through
  bool reset = false;         // and the kernel answered it with RST
};

struct RstEvidence {
  std::vector<WireEvidence> wire;
  std::vector<LoopEvidence> loop;
};

enum class RstVerdict : std::uint8_t {
  kLeaves,       // seen on the wire on each way that was asked, or no target was asked
  kLoopOnly,     // some way's targets were all silent: only loopback speaks for it
  kUnproven,     // nothing speaks for it
  kReversePath,  // SYN-ACKs arrive, and rp_filter hides them from the kernel
  kNoNeighbour,  // the neighbour table is full, so the kernel cannot look up whom to send it to
  kMisrouted,    // the routes lead the RST elsewhere, and there it was not seen leaving
  kDroppedIn,    // SYN-ACKs arrive, and a firewall rule hides them from the kernel
  kDroppedOut,   // a firewall rule drops the RST
};

// What one way shows alone; nullopt: nothing.
std::optional<RstVerdict> verdict_of(const WireEvidence& evidence);
std::optional<RstVerdict> verdict_of(const LoopEvidence& evidence);
// The worst of all ways. What a packet showed on the wire outweighs loopback.
RstVerdict verdict_of(const RstEvidence& evidence);

// Whether sending would do harm: targets sent SYN-ACKs, and no RST left on any interface. Silent
// targets prove nothing, so they never refuse: they may just be down.
bool refuses(const RstEvidence& evidence);

// The check named "rst".
Check judge_rst(const RstEvidence& evidence);

}  // namespace rollcall::doctor
