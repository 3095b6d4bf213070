#include "capture/pcap_source.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <vector>

namespace rollcall::capture {
namespace {

// The filter as libpcap compiles it for Ethernet, run over hand-made frames.
class FilterTest : public testing::Test {
 protected:
  FilterTest() {
    const std::string text = filter_text(
        {.interface = "any",
         .self = {Address::parse("198.19.0.1").value(), Address::parse("2001:db8::1").value()},
         .first_port = {61000},
         .last_port = {65095}});
    pcap_t* dead = pcap_open_dead(DLT_EN10MB, 128);
    EXPECT_EQ(pcap_compile(dead, &program_, text.c_str(), 1, PCAP_NETMASK_UNKNOWN), 0)
        << pcap_geterr(dead);
    pcap_close(dead);
  }
  ~FilterTest() override { pcap_freecode(&program_); }

  bool admits(const std::vector<unsigned char>& frame) {
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    return pcap_offline_filter(&program_, &header, frame.data()) != 0;
  }

  bpf_program program_{};
};

std::vector<unsigned char> frame_v4(unsigned char protocol, std::vector<unsigned char> payload,
                                    unsigned char last_self_byte = 1) {
  std::vector<unsigned char> frame = {
      2,  0, 0, 0,    0, 1,  2,        0, 0, 0,   0,  0xfe, 0x08, 0x00, 0x45, 0, 0,
      60, 0, 0, 0x40, 0, 64, protocol, 0, 0, 198, 18, 7,    201,  198,  19,   0, last_self_byte};
  frame.insert(frame.end(), payload.begin(), payload.end());
  frame.resize(74);
  return frame;
}

std::vector<unsigned char> frame_v6(unsigned char next, std::vector<unsigned char> payload) {
  std::vector<unsigned char> frame = {
      2, 0,  0,    0,  0,    1,    2,   0,    0, 0, 0, 0xfe, 0x86, 0xdd, 0x60, 0, 0, 0,
      0, 20, next, 64, 0x20, 1,    0xd, 0xb8, 0, 0, 0, 0,    0,    0,    0,    0, 0, 0,
      0, 9,  0x20, 1,  0xd,  0xb8, 0,   0,    0, 0, 0, 0,    0,    0,    0,    0, 0, 1};
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

std::vector<unsigned char> tcp(unsigned port, unsigned char flags) {
  return {0,
          80,
          static_cast<unsigned char>(port >> 8),
          static_cast<unsigned char>(port),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0x50,
          flags,
          0,
          0,
          0,
          0,
          0,
          0};
}

TEST_F(FilterTest, AdmitsAnswersAndNothingElse) {
  struct Case {
    const char* description;
    std::vector<unsigned char> frame;
    bool expected;
  };
  for (const auto& [description, frame, expected] : {
           Case{"SYN-ACK to the first port", frame_v4(6, tcp(61000, 0x12)), true},
           Case{"RST to the last port", frame_v4(6, tcp(65095, 0x14)), true},
           Case{"bare ACK", frame_v4(6, tcp(62000, 0x10)), true},
           Case{"port below", frame_v4(6, tcp(60999, 0x12)), false},
           Case{"port above", frame_v4(6, tcp(65096, 0x12)), false},
           Case{"somebody's SYN to us", frame_v4(6, tcp(62000, 0x02)), false},
           Case{"not to us", frame_v4(6, tcp(62000, 0x12), 2), false},
           Case{"ICMP unreachable", frame_v4(1, {3, 1}), true},
           Case{"ICMP echo reply", frame_v4(1, {0, 0}), false},
           Case{"UDP", frame_v4(17, tcp(62000, 0x12)), false},
           Case{"IPv6 SYN-ACK", frame_v6(6, tcp(62000, 0x12)), true},
           Case{"IPv6 SYN", frame_v6(6, tcp(62000, 0x02)), false},
           Case{"ICMPv6 unreachable", frame_v6(58, {1, 3, 0, 0, 0, 0, 0, 0}), true},
           Case{"ICMPv6 neighbour advertisement", frame_v6(58, {136, 0, 0, 0, 0, 0, 0, 0}), false},
       }) {
    EXPECT_EQ(admits(frame), expected) << description;
  }
}

// On every interface, libpcap prefixes a frame with its interface index (LINKTYPE_LINUX_SLL2).
TEST(PcapSource, LeavesOutInterfacesThatHaveACaptureOfTheirOwn) {
  const std::string text = filter_text({.interface = kEveryInterface,
                                        .self = {Address::parse("198.19.0.1").value()},
                                        .first_port = {61000},
                                        .last_port = {65095},
                                        .not_on = {1, 4}});
  pcap_t* dead = pcap_open_dead(DLT_LINUX_SLL2, 128);
  bpf_program program{};
  ASSERT_EQ(pcap_compile(dead, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN), 0)
      << pcap_geterr(dead);
  for (const unsigned char interface : std::vector<unsigned char>{1, 2, 3, 4}) {
    std::vector<unsigned char> frame = {8, 0, 0, 0, 0, 0, 0, interface, 0, 1,
                                        0, 6, 2, 0, 0, 0, 0, 1,         0, 0};
    const std::vector<unsigned char> whole = frame_v4(6, tcp(61000, 0x12));
    frame.insert(frame.end(), whole.begin() + 14, whole.end());
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    const bool admitted = pcap_offline_filter(&program, &header, frame.data()) != 0;
    EXPECT_EQ(admitted, interface == 2 || interface == 3) << int{interface};
  }
  pcap_freecode(&program);
  pcap_close(dead);
}

TEST(PcapSource, NamesAnInterfaceThatDoesNotExist) {
  const auto source = open_pcap_source({.interface = "nosuch0",
                                        .self = {Address::from_v4(1)},
                                        .first_port = {61000},
                                        .last_port = {65095}});
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().to_string().find("nosuch0"), std::string::npos);
}

}  // namespace
}  // namespace rollcall::capture
