#include "engine/inventory/scan_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/random.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

constexpr std::uint64_t kSeeds[] = {0, 1, 42, 0x9e3779b97f4a7c15};

// Groups of the given sizes, one target an address.
TargetTable table_of(const std::vector<std::uint32_t>& sizes) {
  std::string text = "address,group\n";
  Address first = Address::from_v4(0x0a000000);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const AddressRange range{first, first.plus(sizes[i] - 1)};
    text += fmt::format("{},g{}\n", range.to_string(), i);
    first = range.last.plus(1);
  }
  return load(text).table;
}

std::vector<std::vector<std::uint32_t>> fleets() {
  std::vector<std::uint32_t> mixed;
  Random random(3);
  for (int i = 0; i < 300; ++i) mixed.push_back(1 + random.below(random.below(4) == 0 ? 2000 : 20));
  return {{1},  {1000}, {1, 1, 1}, {10000, 1}, {5000, 50, 5}, std::vector<std::uint32_t>(200, 254),
          mixed};
}

// The positions of each group's targets in the order.
std::vector<std::vector<std::size_t>> positions_of(const TargetTable& table,
                                                   const std::vector<TargetIndex>& order) {
  std::vector<std::vector<std::size_t>> positions(table.groups().size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    positions[table[order[i]].group.value].push_back(i);
  }
  return positions;
}

TEST(ScanOrder, AsksEveryTargetExactlyOnce) {
  for (const auto& sizes : fleets()) {
    const TargetTable table = table_of(sizes);
    for (const std::uint64_t seed : kSeeds) {
      SCOPED_TRACE(fmt::format("{} targets, seed {}", table.size(), seed));
      const auto order = scan_order(table.groups(), seed);
      ASSERT_EQ(order.size(), table.size());
      std::vector<bool> asked(table.size());
      for (const TargetIndex index : order) {
        ASSERT_LT(index.value, table.size());
        ASSERT_FALSE(asked[index.value]);
        asked[index.value] = true;
      }
    }
  }
}

TEST(ScanOrder, SpreadsEachGroupEvenly) {
  for (const auto& sizes : fleets()) {
    const TargetTable table = table_of(sizes);
    for (const std::uint64_t seed : kSeeds) {
      SCOPED_TRACE(fmt::format("{} targets, seed {}", table.size(), seed));
      const auto positions = positions_of(table, scan_order(table.groups(), seed));
      for (std::size_t g = 0; g < positions.size(); ++g) {
        const double n = static_cast<double>(positions[g].size());
        const double even = table.size() / n;
        // Between two members each other group has its share, give or take one at random.
        const double slack = 2 + 6 * std::sqrt(static_cast<double>(positions.size()));
        std::size_t before = positions[g].back() - table.size();  // round the end of the sweep
        for (const std::size_t position : positions[g]) {
          const double gap = static_cast<double>(position - before);
          ASSERT_NEAR(gap, even, slack) << "group " << g;
          before = position;
        }
      }
    }
  }
}

TEST(ScanOrder, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const TargetTable table = table_of({500, 300, 7});
  EXPECT_EQ(scan_order(table.groups(), 5), scan_order(table.groups(), 5));
  EXPECT_NE(scan_order(table.groups(), 5), scan_order(table.groups(), 6));
}

TEST(ScanOrder, AsksTheMembersOfAGroupInNoOrder) {
  const TargetTable table = table_of({4096});
  for (const std::uint64_t seed : kSeeds) {
    SCOPED_TRACE(seed);
    const auto order = scan_order(table.groups(), seed);
    std::size_t rises = 0;
    for (std::size_t i = 1; i < order.size(); ++i) rises += order[i - 1] < order[i] ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(rises), 2048, 200);
    // Every member may come first: the mean of the first tenth is that of all.
    const double sum = std::accumulate(order.begin(), order.begin() + 409, 0.0,
                                       [](double s, TargetIndex i) { return s + i.value; });
    EXPECT_NEAR(sum / 409, 2048, 300);
  }
}

TEST(ScanOrder, OfNothingIsEmpty) {
  EXPECT_TRUE(scan_order({}, 1).empty());
  EXPECT_EQ(TargetTable({}, {}, {{}}, 1).size(), 0u);
}

}  // namespace
}  // namespace rollcall::inventory
