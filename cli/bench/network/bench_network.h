// A lab inside this process: two network namespaces without a name, a veth cable between them, and
// something at its far end that answers.
//
//   this thread's new namespace            the far namespace
//   rcbench0 198.19.255.1 ---------------- rcbench0 198.19.255.2
//            route to 10.0.0.0/12          BPF responder, or a kernel that owns the prefix
//
// Nothing of it has a name outside of this process: when the process ends, however it ends, the
// kernel takes all of it away. There is no route out.
//
// Threading: raise() and the destructor on the main thread, with no other thread that uses the
//            network or /sys; threads started in between are inside the lab.
// Ownership: moves the calling thread in and, when destroyed, out again; owns the listener's
// thread. Units:     none. Errors:    kPermission when not root, with the mend; kSystem otherwise.
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
  kSink,         // counts SYNs and drops them: sending alone is measured
  kResponder,    // a BPF program answers SYNs: the scanner's own speed
  kKernelStack,  // the kernel's TCP answers, with a listener on port 80 of every address
};

inline constexpr const char* kLabInterface = "rcbench0";
inline constexpr Prefix kLabPrefix{Address::from_v4(0x0a000000), 12};  // 1,048,576 addresses
inline constexpr Port kLabPort{80};

// The capabilities that raise() and the destructor need. Where the process keeps them permitted but
// not effective, they are made effective for these calls alone.
inline constexpr cli::Capabilities kLabCapabilities =
    cli::bit_of(CAP_SYS_ADMIN) | cli::bit_of(CAP_NET_ADMIN) | cli::bit_of(CAP_NET_BIND_SERVICE) |
    cli::bit_of(CAP_BPF) | cli::bit_of(CAP_PERFMON) | cli::bit_of(CAP_SYS_RESOURCE);

class BenchNetwork {
 public:
  static Result<std::unique_ptr<BenchNetwork>> raise(FarEnd far_end);
  virtual ~BenchNetwork() = default;
};

}  // namespace rollcall::bench
