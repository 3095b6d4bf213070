#include "cli/bench/cpu_times.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/bench/host.h"

namespace rollcall::bench {
namespace {

TEST(CpuTimes, ReadsTheColumnsOfProcStat) {
  const auto times = parse_cpu_times("cpu  1000 200 300 99999 40 5 600 0 0 0", 100);
  ASSERT_TRUE(times);
  EXPECT_DOUBLE_EQ(times->user_s, 12);
  EXPECT_DOUBLE_EQ(times->system_s, 3);
  EXPECT_DOUBLE_EQ(times->softirq_s, 6);
  EXPECT_DOUBLE_EQ(times->total_s(), 21);
}

TEST(CpuTimes, RejectsWhatIsNotTheLineOfAllCpus) {
  for (const char* line :
       {"", "cpu", "cpu0 1 2 3 4 5 6 7", "cpu 1 2 3 4 5 6", "cpu 1 2 x 4 5 6 7"}) {
    EXPECT_FALSE(parse_cpu_times(line, 100)) << line;
  }
}

TEST(CpuTimes, OfThisMachineGrowWhileItWorks) {
  const CpuTimes before = read_cpu_times();
  EXPECT_GT(before.total_s(), 0);
  double grown = 0;
  for (std::uint64_t turn = 0; grown <= 0 && turn < 1'000'000; ++turn) {
    grown = (read_cpu_times() - before).total_s();
  }
  EXPECT_GT(grown, 0);
}

TEST(CpuName, IsTheFirstModelName) {
  std::istringstream intel("processor\t: 0\nmodel\t\t: 85\nmodel name\t: Some CPU @ 2.10GHz\n");
  EXPECT_EQ(cpu_name(intel), "Some CPU @ 2.10GHz");
  std::istringstream arm("processor\t: 0\nBogoMIPS\t: 243.75\n");
  EXPECT_EQ(cpu_name(arm), "");
}

}  // namespace
}  // namespace rollcall::bench
