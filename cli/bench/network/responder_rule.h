// Decides which addresses the responder answers for. The BPF program (C) and the C++ code that
// checks its results share this file.
//
// An address a of the prefix stays silent if (a * 2654435761) mod 2^32 < silent_below. The factor
// is Knuth's multiplicative hash (2^32 / golden ratio). It spreads the silent addresses evenly, so
// that each part of the prefix has its share of them. Every program can compute them.
//
// Units:     IPv4 addresses and masks in host byte order.
#ifndef ROLLCALL_CLI_BENCH_RESPONDER_RULE_H
#define ROLLCALL_CLI_BENCH_RESPONDER_RULE_H

#include <linux/types.h>

struct responder_rule {
  __u32 network;
  __u32 mask;
  __u32 silent_below;  // 0: all addresses answer; 2^32-1: (almost) none
};

// Indices of the responder's counters.
enum responder_counter {
  RESPONDER_SYNS,      // to the prefix, answered or not
  RESPONDER_ANSWERED,  // SYNs answered with a SYN-ACK
  RESPONDER_RESETS,    // RSTs: the scanner's kernel must send one for every SYN-ACK
  RESPONDER_COUNTERS,
};

static inline int responder_is_silent(__u32 address, __u32 silent_below) {
  return (__u32)(address * 2654435761u) < silent_below;
}

#endif
