// Attaches a BPF program that answers SYNs for a whole prefix (responder.bpf.c), and reads its
// counters. It is the far end of a rate lab.
//
// Threading: the caller's thread. The program runs in the kernel, in the context that delivers
//            frames.
// Ownership: the program and its counters belong to the interface, in the network namespace of the
//            calling thread. The kernel removes them with the interface.
// Units:     packets since it was attached.
// Errors:    kUsage if the range is no prefix; kPermission without CAP_BPF and CAP_NET_ADMIN;
//            kSystem otherwise.
// Cost:      a few system calls; well under a microsecond of kernel time for each SYN.
#pragma once

#include <cstdint>
#include <string>

#include "cli/bench/network/responder_rule.h"
#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::bench {

// Every address of `prefix` (IPv4, and exactly a CIDR) answers, except a share that stays silent.
// With a share of 1 no address answers, to measure sending alone.
Result<responder_rule> make_rule(const AddressRange& prefix, double silent_share);

// Replaces a responder on `interface`.
// Requires: no other tc program with priority 1 on the ingress of `interface`.
Result<void> attach_responder(const std::string& interface, const responder_rule& rule);

struct ResponderCounts {
  std::uint64_t syns = 0;
  std::uint64_t answered = 0;
  std::uint64_t resets = 0;
};

// Reads the counters of the responder on an interface.
class ResponderMeter {
 public:
  static Result<ResponderMeter> open(const std::string& interface);
  Result<ResponderCounts> read() const;

 private:
  explicit ResponderMeter(Fd counts) : counts_(std::move(counts)) {}
  Fd counts_;
};

}  // namespace rollcall::bench
