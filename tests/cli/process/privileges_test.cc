// On threads of their own: what one gives up, the others keep.
#include "cli/process/privileges.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>
#include <string>
#include <thread>

#include "engine/base/fd.h"

namespace rollcall::cli {
namespace {

std::string field(const std::string& name) {
  std::ifstream status("/proc/thread-self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "";
}
Capabilities held(const char* name) {
  return std::stoull(field(name), nullptr, 16);
}
bool may_open_a_raw_socket() {
  return static_cast<bool>(Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)));
}

class Privileges : public testing::Test {
 protected:
  void SetUp() override {
    if ((held("CapPrm") & kNetRaw) == 0) GTEST_SKIP() << "this test needs root";
  }
};

TEST_F(Privileges, AreKeptAsNamedAndNotGivenBack) {
  std::thread([] {
    ASSERT_TRUE(keep_only(kNetRaw, bit_of(CAP_DAC_OVERRIDE)));
    EXPECT_EQ(held("CapEff"), kNetRaw);
    EXPECT_EQ(held("CapPrm"), kNetRaw | bit_of(CAP_DAC_OVERRIDE));
    EXPECT_EQ(held("CapInh") | held("CapAmb") | held("CapBnd"), 0u);
    EXPECT_EQ(field("NoNewPrivs"), "1");
    EXPECT_TRUE(may_open_a_raw_socket());
    ASSERT_TRUE(keep_only(kNetRaw | kAnyFile));  // what is gone is gone
    EXPECT_EQ(held("CapPrm"), kNetRaw | bit_of(CAP_DAC_OVERRIDE));
  }).join();
  EXPECT_TRUE(may_open_a_raw_socket());
}

TEST_F(Privileges, AreThoseOfTheThreadThatStartsAnother) {
  std::thread([] {
    ASSERT_TRUE(keep_only(0));
    std::thread([] {
      EXPECT_EQ(held("CapEff") | held("CapPrm") | held("CapBnd"), 0u);
      EXPECT_EQ(field("NoNewPrivs"), "1");
      EXPECT_FALSE(may_open_a_raw_socket());
    }).join();
  }).join();
}

TEST_F(Privileges, SleepUntilTheyAreRaisedAndThenAgain) {
  std::thread([] {
    ASSERT_TRUE(keep_only(0, kNetRaw));
    EXPECT_FALSE(may_open_a_raw_socket());
    {
      const Raised raised(kNetRaw | kAnyFile);
      EXPECT_TRUE(may_open_a_raw_socket());
      EXPECT_EQ(held("CapEff"), kNetRaw);  // no more than was kept
      {
        const Raised again(kNetRaw);
      }
      EXPECT_TRUE(may_open_a_raw_socket());  // the outer one's still
    }
    EXPECT_FALSE(may_open_a_raw_socket());
    drop_all();
    const Raised raised(kNetRaw);
    EXPECT_FALSE(may_open_a_raw_socket());
  }).join();
}

}  // namespace
}  // namespace rollcall::cli
