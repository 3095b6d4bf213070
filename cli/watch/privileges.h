// Gives up what the watch does not need, before it reads a byte from outside.
//
// Threading: before there are threads: capabilities belong to each.
// Ownership: none.
// Units:     none.
// Errors:    kPermission where the kernel refuses.
// Cost:      a few system calls.
#pragma once

#include "engine/base/error.h"

namespace rollcall::cli {

// Keeps cap_net_raw where this process has it (every sweep opens its sockets anew), and nothing
// else; also for what it may become by exec.
Result<void> keep_only_net_raw();

}  // namespace rollcall::cli
