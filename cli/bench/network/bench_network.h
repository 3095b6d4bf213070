// Creates a test network inside this process: two unnamed network namespaces, a veth pair between
// them, and a responder at the far end.
//
//   this thread's new namespace            the far namespace
//   rcbench0 198.19.255.1 ---------------- rcbench0 198.19.255.2
//            route to 10.0.0.0/12          BPF responder, or a kernel that owns the prefix
//
// Only this process refers to the namespaces. When it ends, even by a crash, the kernel removes all
// of them. The network has no route to the outside.
//
// Threading: raise() and the destructor run on the main thread, while no other thread uses the
//            network or /sys. Threads started in between are inside the network.
// Ownership: moves the calling thread in, and the destructor moves it out again. Owns the thread of
//            the FarListener.
// Errors:    kPermission if not root, with the fix; kSystem otherwise.
// Cost:      some 10 ms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cli/bench/network/veth_pair.h"
#include "cli/process/privileges.h"
#include "engine/base/error.h"
#include "engine/base/units.h"

namespace rollcall::bench {

enum class FarEnd : std::uint8_t {
  kSink,         // counts SYNs and drops them, to measure sending alone
  kResponder,    // a BPF program answers SYNs, to measure the scanner's own speed
  kKernelStack,  // the kernel's TCP answers, with a listener on port 80 of every address
};

inline constexpr const char* kLabInterface = "rcbench0";
inline constexpr Prefix kLabPrefix{Address::from_v4(0x0a000000), 12};  // 1,048,576 addresses
inline constexpr Port kLabPort{80};

// The capabilities that raise() and the destructor need. If they are permitted but not effective,
// these calls make them effective for their own duration.
inline constexpr cli::Capabilities kLabCapabilities =
    cli::bit_of(CAP_SYS_ADMIN) | cli::bit_of(CAP_NET_ADMIN) | cli::bit_of(CAP_NET_BIND_SERVICE) |
    cli::bit_of(CAP_BPF) | cli::bit_of(CAP_PERFMON) | cli::bit_of(CAP_SYS_RESOURCE);

class BenchNetwork {
 public:
  static Result<std::unique_ptr<BenchNetwork>> raise(FarEnd far_end);
  virtual ~BenchNetwork() = default;
};

}  // namespace rollcall::bench
