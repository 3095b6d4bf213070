// A network namespace of the test's own: no route leads out of it, and it vanishes with the test.
//
// Threading: enter() moves the calling thread; threads that it starts afterwards follow it.
// Ownership: the kernel frees the namespace with its last thread and descriptor.
// Units:     none.
// Errors:    a test that may not make namespaces fails: it proved nothing.
// Cost:      a few milliseconds.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace rollcall::lab {

// Requires: called on the main thread (/proc/sys/net and /proc/net show its namespace).
inline void enter_own_namespace() {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0)
      << "live tests make their own network namespace and need root (CAP_SYS_ADMIN) for it: "
      << std::strerror(errno);
}

// Runs a shell command, which must succeed.
inline void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << "failed: " << command;  // NOLINT(*-mt-unsafe)
}

inline void set_sysctl(const std::string& path, const std::string& value) {
  std::ofstream file("/proc/sys/" + path);
  file << value << std::flush;
  ASSERT_TRUE(file.good()) << "cannot set /proc/sys/" << path << " to " << value;
}

}  // namespace rollcall::lab
