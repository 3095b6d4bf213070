#include "cli/doctor/judge_host.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <sstream>

#include "cli/doctor/render_checks.h"

namespace rollcall::doctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct JudgeCase {
  const char* description;
  Check check;
  Status expected;
  const char* text;
  const char* fix;  // "": there must be none
};

const JudgeCase kCases[] = {
    {"the capability is there", judge_capability(true), Status::kOk, "cap_net_raw", ""},
    {"it is not", judge_capability(false), Status::kFail, "missing", "setcap cap_net_raw+ep"},

    {"io_uring works", judge_uring({0, 0}, false), Status::kOk, "available", ""},
    {"io_uring is switched off", judge_uring({EPERM, 2}, false), Status::kWarn,
     "kernel.io_uring_disabled is 2; sweeps connect with epoll", "kernel.io_uring_disabled=0"},
    {"io_uring is refused though it is on", judge_uring({EPERM, 0}, false), Status::kWarn,
     "seccomp", ""},
    {"io_uring is refused by an old kernel", judge_uring({EPERM, {}}, false), Status::kWarn,
     "seccomp", ""},
    {"io_uring is unknown", judge_uring({ENOSYS, {}}, false), Status::kWarn, "no io_uring", ""},
    {"io_uring has no memory", judge_uring({ENOMEM, 0}, false), Status::kWarn, "RLIMIT_MEMLOCK",
     ""},
    {"io_uring was asked for and is off", judge_uring({EPERM, 1}, true), Status::kFail, "is 1",
     "kernel.io_uring_disabled=0"},

    {"ports of our own", judge_ports({PortRange{32768, 60999}, {}, {}}), Status::kOk, "61000-65095",
     ""},
    {"the ephemeral range ends in ours", judge_ports({PortRange{1024, 61000}, {}, {}}),
     Status::kWarn, "1024-61000", "ip_local_reserved_ports=61000-65095"},
    {"the ephemeral range begins in ours", judge_ports({PortRange{65095, 65535}, {}, {}}),
     Status::kWarn, "65095-65535", "ip_local_reserved_ports"},
    {"the ephemeral range begins behind ours", judge_ports({PortRange{65096, 65535}, {}, {}}),
     Status::kOk, "", ""},
    {"it overlaps, but ours are reserved",
     judge_ports({PortRange{1024, 65535}, {{9000, 9000}, {61000, 63000}, {63001, 65095}}, {}}),
     Status::kOk, "", ""},
    {"all but one are reserved", judge_ports({PortRange{1024, 65535}, {{61001, 65095}}, {}}),
     Status::kWarn, "overlaps", "ip_local_reserved_ports"},
    {"somebody listens there", judge_ports({PortRange{32768, 60999}, {}, {Port{61007}}}),
     Status::kWarn, "1 socket of this host on ports of 61000-65095, the first one on 61007",
     "ss -tanp"},
    {"the range cannot be read", judge_ports({}), Status::kWarn, "cannot be read", ""},

    {"enough descriptors", judge_files({4400, {}}), Status::kOk, "4400", ""},
    {"no limit of descriptors", judge_files({UINT64_MAX, {}}), Status::kOk, "unlimited", ""},
    {"one too few", judge_files({4399, {}}), Status::kWarn, "4399", "LimitNOFILE"},
    {"just enough for a sweep", judge_files({257, {}}), Status::kWarn, "257", "LimitNOFILE"},
    {"too few for a sweep", judge_files({256, {}}), Status::kFail, "more than 256 for a sweep",
     "LimitNOFILE"},
    {"enough locked memory", judge_memlock({{}, 65536}), Status::kOk, "65536", ""},
    {"too little locked memory", judge_memlock({{}, 65535}), Status::kWarn, "65535",
     "LimitMEMLOCK"},

    {"no connection tracking", judge_conntrack({}, 0), Status::kOk, "not in use", ""},
    {"room to track", judge_conntrack({79, 100}, 0), Status::kOk, "79 of 100", ""},
    {"nearly full", judge_conntrack({80, 100}, 0), Status::kWarn, "80 of 100",
     "nf_conntrack_max=200"},
    {"full with our own entries", judge_conntrack({10, 100}, 90), Status::kWarn, "90 targets",
     "nf_conntrack_max=380"},
    {"tracking without a limit", judge_conntrack({10, 0}, 90), Status::kOk, "10", ""},

    {"a fast clock", judge_clock({"tsc", "tsc acpi_pm"}), Status::kOk, "tsc", ""},
    {"a virtual clock", judge_clock({"kvm-clock", ""}), Status::kOk, "kvm-clock", ""},
    {"a slow clock, and a fast one is there", judge_clock({"hpet", "hpet tsc acpi_pm"}),
     Status::kWarn, "hpet", "echo tsc >"},
    {"a slow clock, and no other", judge_clock({"acpi_pm", "acpi_pm tsc-early"}), Status::kWarn,
     "acpi_pm", ""},
    {"no clock source to be read", judge_clock({}), Status::kWarn, "cannot be read", ""},

    {"no steering", judge_steering({{}, 1000}), Status::kOk, "off", ""},
    {"where steering is described", judge_steering({{}, 1000}), Status::kOk, "rollcall(1)", ""},
    {"steering with the default backlog", judge_steering({{"eth0"}, 1000}), Status::kWarn,
     "eth0 with a backlog of 1000", "netdev_max_backlog=20000"},
    {"steering with a long backlog", judge_steering({{"eth0"}, 20000}), Status::kOk, "20000", ""},
    {"steering, backlog unknown", judge_steering({{"eth0"}, {}}), Status::kOk, "cannot be read",
     ""},

    {"a ring for seconds", judge_ring(32 << 20, {20000}, false), Status::kOk, "8.1 s at 20000/s",
     ""},
    {"a ring where the rate is found", judge_ring(32 << 20, {40000}, true), Status::kOk,
     "4.0 s at 40000/s, where auto begins", ""},
    {"a small ring at full rate", judge_ring(1 << 20, {300000}, false), Status::kWarn, "0.0 s",
     "--capture-ring 18, or --rate 16803"},
    {"a rate for which no ring is large enough", judge_ring(32 << 20, {2e7}, false), Status::kWarn,
     "0.0 s", "--rate 537730"},
    {"a ring and no rate", judge_ring(32 << 20, {0}, false), Status::kOk, "", ""},

    {"no on-link targets", judge_neighbours(1024, 0), Status::kOk, "no on-link", ""},
    {"few on-link targets", judge_neighbours(1000, 800), Status::kOk, "800", ""},
    {"many on-link targets", judge_neighbours(1000, 801), Status::kWarn, "room for 1000",
     "gc_thresh3=1602"},
    {"on-link targets, table unknown", judge_neighbours({}, 5), Status::kOk, "5 on-link", ""},

    {"nobody else", judge_packet_sockets(0), Status::kOk, "no other", ""},
    {"somebody else", judge_packet_sockets(2), Status::kOk, "note: 2", ""},
    {"nobody may look", judge_packet_sockets({}), Status::kOk, "cannot be listed", ""},
};

TEST(JudgeHost, FindsWhatTheFactsSay) {
  for (const JudgeCase& test : kCases) {
    EXPECT_EQ(test.check.status, test.expected) << test.description << ": " << test.check.text;
    EXPECT_THAT(test.check.text, HasSubstr(test.text)) << test.description;
    EXPECT_THAT(test.check.fix, HasSubstr(test.fix)) << test.description;
    EXPECT_EQ(test.check.fix.empty(), *test.fix == '\0') << test.description;
  }
}

TEST(ParseProc, ReadsThePortRange) {
  EXPECT_EQ(parse_port_range("32768\t60999"), (PortRange{32768, 60999}));
  for (const char* bad : {"", "32768", "a b", "60999 32768", "1 65536", "-1 5", "1 4294967297"}) {
    EXPECT_FALSE(parse_port_range(bad)) << bad;
  }
}

TEST(ParseProc, ReadsReservedPortsAndSkipsWhatIsNone) {
  EXPECT_THAT(parse_reserved_ports("8080,9000-9010\n"),
              ElementsAre(PortRange{8080, 8080}, PortRange{9000, 9010}));
  EXPECT_THAT(parse_reserved_ports(""), IsEmpty());
  EXPECT_THAT(parse_reserved_ports("x,,5-,-5,7-6,1-99999,61000-65095"),
              ElementsAre(PortRange{61000, 65095}));
}

TEST(ParseProc, KnowsAMaskWithoutAnyCpu) {
  EXPECT_FALSE(any_cpu_in("0"));
  EXPECT_FALSE(any_cpu_in("00000000,00000000"));
  EXPECT_FALSE(any_cpu_in(""));
  EXPECT_TRUE(any_cpu_in("00000000,00000002"));
  EXPECT_TRUE(any_cpu_in("f0"));
}

// 0xEE48 is 61000, 0xFE47 is 65095, 0xFE48 is 65096.
constexpr const char* kTcpTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    "   0: 0100007F:EE48 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   1: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   2: 0100007F:FE47 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0\n"
    "   3: 0100007F:FE48 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0\n"
    "   4: 0100007F:EE49 0100007F:0050 06 00000000:00000000 00:00000000 00000000     0\n"
    "   5: 00000000000000000000000001000000:EE50 00000000000000000000000000000000:0000 0A\n"
    "garbage\n"
    "   6: nocolon 00000000:0000 0A\n"
    "   7: 0100007F:1EE48 00000000:0000 0A\n"
    "   8: 0100007F:EE51 00000000:0000";

TEST(ParseProc, FindsSocketsInOurRangeLessThoseInTimeWait) {
  std::istringstream table(kTcpTable);
  EXPECT_THAT(ports_in_use(table, {61000, 65095}),
              ElementsAre(Port{61000}, Port{65095}, Port{61008}));
}

TEST(ParseProc, ReadsNoMoreSocketsThanItSays) {
  std::string text = "header\n";
  for (std::size_t i = 0; i < kSocketLinesMax + 10; ++i) text += "0: 0:EE48 0:0 0A\n";
  std::istringstream table(text);
  EXPECT_EQ(ports_in_use(table, {61000, 65095}).size(), kSocketLinesMax);
}

TEST(ParseProc, CountsOnlyPacketSocketsThatReceive) {
  std::istringstream table(
      "sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n"
      "ffff8881 3      3    0003   2     1 0      0      12345\n"
      "ffff8882 3      3    0000   2     1 0      0      12346\n"
      "broken\n");
  EXPECT_EQ(receiving_sockets(table), 1u);
}

const std::vector<Check> kFindings{
    {Status::kOk, "clock", "tsc"},
    {Status::kWarn, "ports", "overlap", "sysctl -w x=1"},
    {Status::kFail, "capability", "cap_net_raw is \"missing\"", "setcap"},
};

TEST(RenderChecks, WritesOneLineACheckAndItsMendBelow) {
  std::ostringstream out;
  render_text(out, kFindings);
  EXPECT_EQ(out.str(),
            "ok    clock       tsc\n"
            "warn  ports       overlap\n"
            "                  mend: sysctl -w x=1\n"
            "fail  capability  cap_net_raw is \"missing\"\n"
            "                  mend: setcap\n");
}

TEST(RenderChecks, WritesOneJsonDocument) {
  std::ostringstream out;
  render_json(out, std::span(kFindings).last(1));
  EXPECT_EQ(out.str(), R"({
  "schema": "rollcall.doctor/1",
  "can_scan": false,
  "checks": [
    {
      "check": "capability",
      "status": "fail",
      "text": "cap_net_raw is \"missing\"",
      "mend": "setcap"
    }
  ]
}
)");
}

TEST(RenderChecks, TakesOnlyAFailureForOne) {
  EXPECT_TRUE(any_failed(kFindings));
  EXPECT_FALSE(any_failed(std::span(kFindings).first(2)));
  EXPECT_FALSE(any_failed({}));
}

}  // namespace
}  // namespace rollcall::doctor
