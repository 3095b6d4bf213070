#include "capture/kernel_counters.h"

#include <gtest/gtest.h>

namespace rollcall::capture {
namespace {

TEST(BacklogDrops, AreTheSumOfTheSecondColumn) {
  EXPECT_EQ(backlog_drops_in("0000d8a1 0000000a 00000000\n00000001 00000010 00000000\n"), 26u);
  EXPECT_EQ(backlog_drops_in("0000d8a1 00000001"), 1u);
  EXPECT_EQ(backlog_drops_in(""), 0u);
  EXPECT_EQ(backlog_drops_in("\n\nnonsense\n12345678 zz\n 5\n"), 5u) << "what is there, no more";
}

TEST(KernelCounterReader, SeesTheLoopbackInterface) {
  KernelCounterReader reader({"lo"});
  const KernelCounters first = reader.read();
  EXPECT_EQ(first.carriers_lost, 0u);
  EXPECT_GE(reader.read().sent, first.sent);
}

TEST(KernelCounterReader, CallsAnInterfaceThatIsNotThereALostLink) {
  KernelCounterReader reader({"nosuch0"});
  EXPECT_EQ(reader.read().carriers_lost, 1u);
  EXPECT_EQ(reader.read().sent, 0u);
}

}  // namespace
}  // namespace rollcall::capture
