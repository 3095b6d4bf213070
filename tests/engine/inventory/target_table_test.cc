#include "engine/inventory/target_table.h"

#include <gtest/gtest.h>

#include <tuple>

#include "engine/base/random.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

void expect_invariants(const TargetTable& table) {
  std::uint32_t next = 0;
  for (std::uint32_t g = 0; g < table.groups().size(); ++g) {
    const Group& group = table.group({g});
    ASSERT_EQ(group.first, next);
    ASSERT_GT(group.targets, 0u);
    next += group.targets;
    for (std::uint32_t i = group.first; i < next; ++i) ASSERT_EQ(table[{i}].group.value, g);
  }
  ASSERT_EQ(next, table.size());
  for (std::uint32_t i = 1; i < table.size(); ++i) {
    const Target& before = table[{i - 1}];
    const Target& row = table[{i}];
    ASSERT_LT(std::tie(before.group, before.address, before.port),
              std::tie(row.group, row.address, row.port));
  }
}

TEST(TargetTable, FindsEveryRowAndNothingElse) {
  std::string text = "address,ports,group\n";
  Random random(7);
  for (int i = 0; i < 3000; ++i) {
    text += fmt::format("10.{}.{}.{},80;443,web{}\n", i % 200, i / 200, random.below(256), i % 40);
    text += fmt::format("2001:db8::{:x}:{:x},443,web{}\n", i, random.below(65536), i % 40);
  }
  for (const std::uint64_t seed : {0ull, 1ull, 0xdeadbeefull}) {
    SCOPED_TRACE(seed);
    const TargetTable table = load(text, {.seed = seed}).table;
    ASSERT_EQ(table.size(), 9000u);
    expect_invariants(table);
    for (std::uint32_t place = 0; place < table.size(); ++place) {
      ASSERT_EQ(table.place_of(table.at({place}).index), Place{place});
    }
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      ASSERT_EQ(table.find(table[{i}].address, table[{i}].port), TargetIndex{i});
      // One bit off in the address or the port is another target, or none.
      const Address other = table[{i}].address.plus(1);
      const auto near = table.find(other, table[{i}].port);
      if (near) {
        ASSERT_EQ(table[*near].address, other);
      }
      ASSERT_FALSE(table.find(table[{i}].address, Port{8080}));
    }
    for (int i = 0; i < 100000; ++i) {
      const Address stranger = Address::from_halves(random(), random());
      ASSERT_FALSE(table.find(stranger, Port{static_cast<std::uint16_t>(random())}));
    }
  }
}

TEST(TargetTable, OfNothingFindsNothing) {
  const TargetTable table({}, {}, {{}}, 1);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.find(address("10.0.0.1"), Port{80}));
}

TEST(TargetTable, HoldsAMillionTargetsOfOneCidr) {
  const auto inventory = load("10.0.0.0/12\n");
  const TargetTable& table = inventory.table;
  ASSERT_EQ(table.size(), 1u << 20);
  EXPECT_EQ(table.groups().size(), 4096u);
  EXPECT_EQ(table.addresses(), 1u << 20);
  EXPECT_EQ(inventory.duplicates, 0u);
  expect_invariants(table);
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    ASSERT_EQ(table.find(table[{i}].address, Port{80}), TargetIndex{i});
  }
  EXPECT_FALSE(table.find(address("10.16.0.0"), Port{80}));
  EXPECT_FALSE(table.find(address("10.0.0.1"), Port{81}));
}

}  // namespace
}  // namespace rollcall::inventory
