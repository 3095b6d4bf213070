// Whom the responder answers: shared by the BPF program (C) and by everybody who must know the
// truth.
//
// An address a of the prefix stays silent when (a * 2654435761) mod 2^32 < silent_below. The
// factor is Knuth's multiplicative hash (2^32 / golden ratio): it spreads the silent addresses
// evenly, so that any stretch of the prefix holds its share of them, and anybody can compute them.
//
// Threading: values.  Ownership: none.  Units: IPv4 addresses and masks in host byte order.
// Errors:    none.  Cost: one multiplication.
#ifndef ROLLCALL_CLI_BENCH_RESPONDER_RULE_H
#define ROLLCALL_CLI_BENCH_RESPONDER_RULE_H

#include <linux/types.h>

struct responder_rule {
  __u32 network;
  __u32 mask;
  __u32 silent_below;  // 0: everybody answers; 2^32-1: (almost) nobody
};

// Positions in the responder's counters.
enum responder_counter {
  RESPONDER_SYNS,      // to the prefix, answered or not
  RESPONDER_ANSWERED,  // with a SYN-ACK
  RESPONDER_RESETS,    // what a sound scanner's kernel sends for every SYN-ACK
  RESPONDER_COUNTERS,
};

static inline int responder_is_silent(__u32 address, __u32 silent_below) {
  return (__u32)(address * 2654435761u) < silent_below;
}

#endif
