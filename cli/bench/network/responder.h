// The far end of a rate lab: a BPF program that answers SYNs for a whole prefix (responder.bpf.c).
//
// Threading: set-up and reading; the program runs in the kernel, in whatever context delivers
//            frames.
// Ownership: the program and its counters belong to the interface, in the network namespace of the
//            calling thread, and go when it goes. Nothing stays with the caller.
// Units:     packets since it was attached.
// Errors:    kUsage for a prefix that is none; kPermission without CAP_BPF and CAP_NET_ADMIN;
//            kSystem otherwise.
// Cost:      a few system calls; well under a microsecond of kernel time a SYN.
#pragma once

#include <cstdint>
#include <string>

#include "cli/bench/network/responder_rule.h"
#include "engine/base/address.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::bench {

// Every address of `prefix` (IPv4, and exactly a CIDR) but a share that stays silent; 1: nobody
// answers, which leaves sending alone to be measured.
Result<responder_rule> make_rule(const AddressRange& prefix, double silent_share);

// Requires: no other tc program with priority 1 on the ingress of `interface`, unless a responder.
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
