#include "capture/path_ledger.h"

#include <gtest/gtest.h>

#include <vector>

namespace rollcall::capture {
namespace {

TEST(ReadKernelDrops, CountsNothingForAnInterfaceThatDoesNotExist) {
  // The host's backlogs may drop meanwhile, but never less than before.
  const std::uint64_t before = read_kernel_drops({});
  const std::uint64_t with_stranger =
      read_kernel_drops(std::vector<std::string>{"nosuch0", "../.."});
  const std::uint64_t after = read_kernel_drops({});
  EXPECT_LE(before, with_stranger);
  EXPECT_LE(with_stranger, after);
}

}  // namespace
}  // namespace rollcall::capture
