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
    IcmpError icmp;
    ConnectOutcome expected;
  } kCases[] = {
      {"connected in spite of an ICMP error", 0, IcmpError::kOfPath, kConnected},
      {"a RST", ECONNREFUSED, IcmpError::kNone, kRefused},
      {"a firewall's port unreachable", ECONNREFUSED, IcmpError::kOfPath, kUnreachable},
      {"the peer's own port unreachable", ECONNREFUSED, IcmpError::kOfPeer, kRejected},
      {"the peer's own prohibition", EHOSTUNREACH, IcmpError::kOfPeer, kRejected},
      {"the peer's own ICMPv6 prohibition", EACCES, IcmpError::kOfPeer, kRejected},
      {"the peer's rejection met a busy socket", ETIMEDOUT, IcmpError::kOfPeer, kRejected},
      {"connected in spite of an earlier rejection", 0, IcmpError::kOfPeer, kConnected},
      {"a router's host unreachable", EHOSTUNREACH, IcmpError::kOfPath, kUnreachable},
      {"our own routing table's", EHOSTUNREACH, IcmpError::kNone, kLocalError},
      {"our own missing default route", ENETUNREACH, IcmpError::kNone, kLocalError},
      {"a router's ICMPv6 prohibition", EACCES, IcmpError::kOfPath, kUnreachable},
      {"our own prohibition", EACCES, IcmpError::kNone, kLocalError},
      {"silence", ETIMEDOUT, IcmpError::kNone, kTimeout},
      {"an ICMP error that met a busy socket, then silence", ETIMEDOUT, IcmpError::kOfPath,
       kUnreachable},
      {"no descriptors", EMFILE, IcmpError::kNone, kLocalError},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(classify_connect(c.sys_errno, c.icmp), c.expected) << c.description;
  }
}

}  // namespace
}  // namespace rollcall::recheck
