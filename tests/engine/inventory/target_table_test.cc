#include "engine/inventory/target_table.h"

#include <gtest/gtest.h>

#include <array>
#include <tuple>
#include <vector>

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
      ASSERT_EQ(table.place_of(table.at({place}).index), ScanIndex{place});
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

// A source port of a target must not come again soon, whatever the inventory became meanwhile.
TEST(TargetTable, GivesATargetTheSamePortPhaseWhateverElseItHolds) {
  const TargetTable few =
      load("10.0.0.0/29\n2001:db8::1\n", {.default_ports = {Port{80}}, .seed = 1}).table;
  const TargetTable many =
      load("10.0.0.0/16\n2001:db8::1\n", {.default_ports = {Port{80}}, .seed = 1}).table;
  const TargetTable other =
      load("10.0.0.0/29\n2001:db8::1\n", {.default_ports = {Port{80}}, .seed = 2}).table;
  int differ = 0;
  for (const Target& row : few.rows()) {
    const ScanIndex in_many = many.find_scan_index(row.address, row.port).value();
    const ScanIndex in_other = other.find_scan_index(row.address, row.port).value();
    EXPECT_EQ(row.port_phase, many.at(in_many).port_phase);
    differ += row.port_phase != other.at(in_other).port_phase;
  }
  EXPECT_GT(differ, 0);
}

TEST(TargetTable, SpreadsPortPhasesEvenly) {
  const TargetTable table = load("10.0.0.0/14\n").table;
  std::array<int, 4096> targets{};
  for (const Target& row : table.rows()) ++targets[row.port_phase];
  for (const int of_phase : targets) EXPECT_NEAR(of_phase, 64, 7 * 8);  // 7 standard deviations
}

TEST(TargetTable, GivesCanariesPortPhasesToo) {
  const std::vector<CanaryAddress> canaries = {{address("192.0.2.1"), Port{22}},
                                               {address("192.0.2.2"), Port{22}},
                                               {address("192.0.2.3"), Port{22}},
                                               {address("192.0.2.4"), Port{22}}};
  const TargetTable table =
      load("10.0.0.0/29\n", {.default_ports = {Port{80}}, .canaries = canaries}).table;
  int any = 0;
  for (const Canary& canary : table.canaries()) any |= table[canary.target].port_phase;
  EXPECT_NE(any, 0);
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
