#include <gtest/gtest.h>

#include <cerrno>

#include "scheduler/recheck/tcp_connector.h"
#include "tests/scheduler/recheck/printers.h"

namespace rollcall::recheck {
namespace {

using enum ConnectOutcome;

TEST(ClassifyConnectErrno, SpeaksAgainstTheTargetOnlyForWhatTheTargetOrItsPathSaid) {
  const struct {
    const char* description;
    int input;
    ConnectOutcome expected;
  } kCases[] = {
      {"success", 0, kConnected},
      {"RST to the SYN", ECONNREFUSED, kRefused},
      {"RST after the handshake", ECONNRESET, kRefused},
      {"ICMP net unreachable", ENETUNREACH, kUnreachable},
      {"ICMP host unreachable", EHOSTUNREACH, kUnreachable},
      {"ICMP host unknown", EHOSTDOWN, kUnreachable},
      {"ICMP host isolated", ENONET, kUnreachable},
      {"ICMP protocol unreachable", ENOPROTOOPT, kUnreachable},
      {"the kernel gave up", ETIMEDOUT, kTimeout},
      {"the linked timeout", ETIME, kTimeout},
      {"descriptors of the process", EMFILE, kLocalError},
      {"descriptors of the system", ENFILE, kLocalError},
      {"buffers", ENOBUFS, kLocalError},
      {"memory", ENOMEM, kLocalError},
      {"no port free", EADDRNOTAVAIL, kLocalError},
      {"4-tuple taken", EADDRINUSE, kLocalError},
      {"no resources", EAGAIN, kLocalError},
      {"own packet filter", EPERM, kLocalError},
      {"prohibit route", EACCES, kLocalError},
      {"blackhole route", EINVAL, kLocalError},
      {"own interface down", ENETDOWN, kLocalError},
      {"own interface gone", ENODEV, kLocalError},
      {"IPv6 off", EAFNOSUPPORT, kLocalError},
      {"cancelled by someone else", ECANCELED, kLocalError},
      {"destroyed with ss -K", ECONNABORTED, kLocalError},
      {"an errno nobody foresaw", EXDEV, kLocalError},
      {"not an errno", -1, kLocalError},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(classify_connect_errno(c.input), c.expected) << c.description;
  }
}

TEST(ClassifyConnect, TakesARecordedIcmpErrorAsTheDifferenceBetweenThePathAndThisHost) {
  const struct {
    const char* description;
    int sys_errno;
    bool icmp;
    ConnectOutcome expected;
  } kCases[] = {
      {"connected in spite of an ICMP error", 0, true, kConnected},
      {"a RST", ECONNREFUSED, false, kRefused},
      {"a firewall's port unreachable", ECONNREFUSED, true, kUnreachable},
      {"a router's host unreachable", EHOSTUNREACH, true, kUnreachable},
      {"our own routing table's", EHOSTUNREACH, false, kLocalError},
      {"our own missing default route", ENETUNREACH, false, kLocalError},
      {"a router's ICMPv6 prohibition", EACCES, true, kUnreachable},
      {"our own prohibition", EACCES, false, kLocalError},
      {"silence", ETIMEDOUT, false, kTimeout},
      {"an ICMP error that met a busy socket, then silence", ETIMEDOUT, true, kUnreachable},
      {"no descriptors", EMFILE, false, kLocalError},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(classify_connect(c.sys_errno, c.icmp), c.expected) << c.description;
  }
}

}  // namespace
}  // namespace rollcall::recheck
