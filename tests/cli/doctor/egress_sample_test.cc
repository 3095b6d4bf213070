#include "cli/doctor/rst/egress_sample.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/inventory/load.h"

namespace rollcall::doctor {
namespace {

using inventory::Expect;
using inventory::TargetTable;

TargetTable table_of(const std::vector<std::string>& targets, Expect expect = Expect::kOpen) {
  auto fleet = inventory::load_inventory(
      {.targets = targets, .default_ports = {Port{80}}, .default_expect = expect});
  EXPECT_TRUE(fleet) << (fleet ? "" : fleet.error().to_string());
  return std::move(fleet->table);
}

send::NextHop hop(std::uint32_t interface_index, const char* self, bool gateway = true) {
  send::NextHop out{.interface_index = interface_index,
                    .interface = "eth" + std::to_string(interface_index),
                    .self = *Address::parse(self),
                    .ethernet = true};
  if (gateway) out.gateway = out.self.plus(1);
  return out;
}

TEST(SampleEgresses, SpreadsOverTheWholeTable) {
  const TargetTable table = table_of({"198.18.0.0/16"});
  const send::RoutePlan plan({hop(1, "198.19.0.1")}, {}, {});
  const auto samples = sample_egresses(table, plan, false, 8);
  ASSERT_EQ(samples.size(), 1u);
  ASSERT_EQ(samples[0].targets.size(), 8u);
  std::set<std::uint32_t> eighths;
  for (const TargetIndex target : samples[0].targets) {
    eighths.insert(target.value / (table.size() / 8));
  }
  EXPECT_EQ(eighths.size(), 8u);
}

TEST(SampleEgresses, TakesAllOfASmallTableAndNeverMoreThanAskedFor) {
  for (std::uint32_t size = 1; size < 40; ++size) {
    const TargetTable table =
        table_of({"198.18.0.1-" + Address::from_v4(0xc6120000 + size).to_string()});
    const send::RoutePlan plan({hop(1, "198.19.0.1")}, {}, {});
    const auto samples = sample_egresses(table, plan, false, 8);
    ASSERT_EQ(samples.size(), 1u);
    EXPECT_EQ(samples[0].targets.size(), std::min(size, 8u)) << size;
  }
}

TEST(SampleEgresses, TellsInterfacesFamiliesAndSocketsApart) {
  const TargetTable table = table_of({"198.18.0.1-198.18.0.4", "[2001:db8::1]:80"});
  ASSERT_EQ(table.size(), 5u);
  std::vector<std::uint16_t> hops(table.size(), 0);
  std::uint16_t next = 0;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    const bool v4 = table[TargetIndex{row}].address.is_v4();
    hops[table.place_of({row}).value] = v4 ? next++ : std::uint16_t{4};
  }
  // Two gateways behind one interface are one way; on-link goes over raw IP.
  const send::RoutePlan plan({hop(1, "198.19.0.1"), hop(1, "198.19.0.5"), hop(2, "198.19.1.1"),
                              hop(1, "198.19.0.1", false), hop(1, "2001:db8:1::1")},
                             hops, {});
  const auto samples = sample_egresses(table, plan, false, 8);
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(samples[0].egress, (Egress{1, true, true}));
  EXPECT_EQ(samples[0].targets.size(), 2u);
  EXPECT_EQ(samples[1].egress, (Egress{2, true, true}));
  EXPECT_EQ(samples[2].egress, (Egress{1, true, false}));
  EXPECT_EQ(samples[3].egress, (Egress{1, false, true}));

  // With the `ip` lane every socket is a raw one.
  EXPECT_EQ(sample_egresses(table, plan, true, 8).size(), 3u);
}

TEST(SampleEgresses, LeavesOutWhatHasNoWay) {
  const TargetTable table = table_of({"198.18.0.1", "198.18.0.2"});
  std::vector<std::uint16_t> hops(2);
  hops[table.place_of({0}).value] = send::RoutePlan::kNoHop;
  const send::RoutePlan plan({hop(1, "198.19.0.1")}, hops, {});
  const auto samples = sample_egresses(table, plan, false, 8);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].targets, std::vector<TargetIndex>{TargetIndex{1}});
}

TEST(SampleEgresses, AsksTargetsThatNeedNotBeOpenOnlyWhenThereAreNoOthers) {
  const TargetTable bound = table_of({"198.18.0.0/24"}, Expect::kBound);
  const send::RoutePlan plan({hop(1, "198.19.0.1")}, {}, {});
  ASSERT_EQ(sample_egresses(bound, plan, false, 8).size(), 1u);
  EXPECT_EQ(sample_egresses(bound, plan, false, 8)[0].targets.size(), 8u);

  std::vector<inventory::Target> rows;
  for (const inventory::Target& row : bound.rows()) rows.push_back(row);
  rows[200].expect = Expect::kOpen;
  const TargetTable mixed(rows, {bound.groups().begin(), bound.groups().end()}, {{}}, 1);
  EXPECT_EQ(sample_egresses(mixed, plan, false, 8)[0].targets,
            std::vector<TargetIndex>{TargetIndex{200}});
}

}  // namespace
}  // namespace rollcall::doctor
