// A whole prefix of hosts in one BPF program on the ingress of an interface (tc, direct action):
// SYNs are answered with SYN-ACKs out of the same interface, everything else that TCP sends to the
// prefix is counted and dropped, all other traffic goes on to the kernel.
//
// No state and no socket, so that the far end of a lab costs as little as it can and what is
// measured is the scanner. A kernel's connect() is content with it too: the options of its SYN come
// back as they are.

// clang-format off: <linux/bpf.h> must come before libbpf's headers.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "responder_rule.h"

// Set before loading; the verifier then knows the values.
const volatile struct responder_rule rule;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, RESPONDER_COUNTERS);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

struct frame {
  struct ethhdr eth;
  struct iphdr ip;  // without options
  struct tcphdr tcp;
} __attribute__((packed));

static __always_inline void count(__u32 which) {
  __u64* value = bpf_map_lookup_elem(&counts, &which);
  if (value) ++*value;
}

// Both checksums survive the swaps: they are sums.
static __always_inline void turn_round(struct frame* f) {
  unsigned char mac[ETH_ALEN];
  __builtin_memcpy(mac, f->eth.h_dest, ETH_ALEN);
  __builtin_memcpy(f->eth.h_dest, f->eth.h_source, ETH_ALEN);
  __builtin_memcpy(f->eth.h_source, mac, ETH_ALEN);
  const __be32 address = f->ip.daddr;
  f->ip.daddr = f->ip.saddr;
  f->ip.saddr = address;
  const __be16 port = f->tcp.dest;
  f->tcp.dest = f->tcp.source;
  f->tcp.source = port;
}

// Sequence number, acknowledgement, flags with window: the 12 bytes that make a SYN a SYN-ACK.
// Returns what that changes of the checksum.
static __always_inline __s64 acknowledge(struct frame* f) {
  unsigned char* words = (unsigned char*)f + offsetof(struct frame, tcp.seq);
  __be32 before[3], after[3];
  __builtin_memcpy(before, words, sizeof before);
  __builtin_memcpy(after, words, sizeof after);
  after[0] = before[0] ^ bpf_htonl(0x5ca1ab1e);
  after[1] = bpf_htonl(bpf_ntohl(before[0]) + 1);
  after[2] = before[2] | bpf_htonl(0x0010ffff);  // ACK, window 65535
  __builtin_memcpy(words, after, sizeof after);
  return bpf_csum_diff(before, sizeof before, after, sizeof after, 0);
}

SEC("tc")
int rollcall_answer(struct __sk_buff* skb) {
  struct frame* f = (void*)(long)skb->data;
  if ((void*)(f + 1) > (void*)(long)skb->data_end) return TC_ACT_OK;
  if (f->eth.h_proto != bpf_htons(ETH_P_IP) || f->ip.ihl != 5 || f->ip.protocol != IPPROTO_TCP) {
    return TC_ACT_OK;
  }
  const __u32 address = bpf_ntohl(f->ip.daddr);
  if ((address & rule.mask) != rule.network) return TC_ACT_OK;
  if (f->tcp.rst) {
    count(RESPONDER_RESETS);
    return TC_ACT_SHOT;
  }
  if (!f->tcp.syn || f->tcp.ack) return TC_ACT_SHOT;
  count(RESPONDER_SYNS);
  if (responder_is_silent(address, rule.silent_below)) return TC_ACT_SHOT;

  turn_round(f);
  const __s64 change = acknowledge(f);
  bpf_l4_csum_replace(skb, offsetof(struct frame, tcp.check), 0, change, 0);
  count(RESPONDER_ANSWERED);
  return bpf_redirect(skb->ifindex, 0);
}

const char license_text[] SEC("license") = "Apache-2.0";
