#include "engine/inventory/compare/diff.h"

#include <gmock/gmock.h>

#include "engine/inventory/compare/summary.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(const Ranges& ranges) {
  std::vector<std::string> all;
  for (const AddressRange& range : ranges) all.push_back(range.to_string());
  return all;
}

TEST(InventoryDiff, IsEmptyForTheSameFleetHoweverItIsWritten) {
  const auto difference =
      diff(load("address,ports,group\n10.0.0.0/30,80;443,a\n10.0.1.1,80,b\n").table,
           load("group,address\nb,10.0.1.1\na,10.0.0.0-10.0.0.3\na,10.0.0.0/30:443\n").table);
  EXPECT_TRUE(difference.groups.empty());
  EXPECT_EQ(difference.groups_alike, 2u);
}

TEST(InventoryDiff, TellsAddressesPortsExpectationsAndFactsByGroup) {
  const auto difference = diff(
      load("address,ports,group,expect,parent\n10.0.0.1-10.0.0.4,80,a,,r1\n10.0.1.1,80,gone\n")
          .table,
      load(
          "address,ports,group,expect,parent\n10.0.0.2-10.0.0.3,80;443,a,,r2\n10.0.0.4,80,a,bound\n"
          "10.0.0.9,80,a\n10.0.2.1,80,new\n")
          .table);
  ASSERT_EQ(difference.groups.size(), 3u);
  const GroupDiff& a = difference.groups[0];
  EXPECT_EQ(a.group, "a");
  EXPECT_EQ(a.addresses_before, 4u);
  EXPECT_EQ(a.addresses_after, 4u);
  EXPECT_THAT(texts(a.added), ElementsAre("10.0.0.9"));
  EXPECT_THAT(texts(a.removed), ElementsAre("10.0.0.1"));
  ASSERT_EQ(a.changed.size(), 2u);
  EXPECT_EQ(services_text(a.changed[0].before), "80");
  EXPECT_EQ(services_text(a.changed[0].after), "80;443");
  EXPECT_THAT(texts(a.changed[0].addresses), ElementsAre("10.0.0.2-10.0.0.3"));
  EXPECT_EQ(services_text(a.changed[1].after), "80 bound");
  EXPECT_EQ(a.parent, (TextChange{"r1", "r2"}));
  EXPECT_EQ(difference.groups[1].group, "gone");
  EXPECT_EQ(difference.groups[1].addresses_after, 0u);
  EXPECT_EQ(difference.groups[2].group, "new");
  EXPECT_EQ(difference.groups[2].addresses_before, 0u);
}

TEST(InventorySummary, CountsTargetsAndFindsAddressesOfSeveralGroups) {
  const Summary summary =
      summary_of(load("address,ports,group,expect,parent\n10.0.0.1-10.0.0.3,80,a,,r1\n"
                      "10.0.0.2-10.0.0.4,443,b,bound,r1\n10.0.0.3,22,c\n10.0.1.1,80,d\n")
                     .table);
  EXPECT_EQ(summary.open, 5u);
  EXPECT_EQ(summary.bound, 3u);
  EXPECT_EQ(summary.ports.at(80), 4u);
  EXPECT_EQ(summary.parents.at("r1"), 2u);
  EXPECT_EQ(summary.groups_without_parent, 2u);
  ASSERT_EQ(summary.overlaps.size(), 2u);
  EXPECT_THAT(summary.overlaps[0].groups, ElementsAre("a", "b"));
  EXPECT_THAT(texts(summary.overlaps[0].addresses), ElementsAre("10.0.0.2"));
  EXPECT_THAT(summary.overlaps[1].groups, ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace rollcall::inventory
