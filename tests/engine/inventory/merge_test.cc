#include <gmock/gmock.h>

#include <string_view>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(InventoryMerge, CountsTargetsNamedAgain) {
  const auto inventory = load("10.0.0.0/30\n10.0.0.1\n10.0.0.2-10.0.0.4\n10.0.0.1\n");
  EXPECT_EQ(inventory.table.size(), 5u);
  EXPECT_EQ(inventory.duplicates, 4u);
}

TEST(InventoryMerge, AnImpliedGroupYieldsToANamedOneWhicheverComesFirst) {
  const auto after = load("address,group\n10.0.0.0/31,\n10.0.0.0/31,web1\n");
  EXPECT_THAT(lines_of(after.table), ElementsAre("web1 10.0.0.0 80 open", "web1 10.0.0.1 80 open"));
  EXPECT_EQ(after.table.groups().size(), 1u);
  const auto before = load("address,group\n10.0.0.0/31,web1\n10.0.0.0/31,\n");
  EXPECT_THAT(lines_of(before.table),
              ElementsAre("web1 10.0.0.0 80 open", "web1 10.0.0.1 80 open"));
}

TEST(InventoryMerge, ADefaultExpectYieldsToAWrittenOne) {
  EXPECT_THAT(lines_of(load("address,expect\n10.0.0.1,\n10.0.0.1,bound\n10.0.0.1\n").table),
              ElementsAre("10.0.0.0/24 10.0.0.1 80 bound"));
}

TEST(InventoryMerge, KeepsTheFirstLabels) {
  EXPECT_THAT(lines_of(load("address,rack\n10.0.0.1,\n10.0.0.1,r1\n10.0.0.1,r2\n").table),
              ElementsAre("10.0.0.0/24 10.0.0.1 80 open rack=r1"));
}

TEST(InventoryMerge, NamesBothPlacesOfAContradiction) {
  EXPECT_EQ(error_of("address,group\n10.0.0.0/29,web1\n10.0.0.9,web3\n 10.0.0.3,web2\n"),
            "fleet:4:2: 10.0.0.3 port 80 is in group 'web2' here but in 'web1' at fleet:2:1; "
            "keep one of the two");
  EXPECT_EQ(error_of("expect,address\nopen,10.0.0.1\nbound,10.0.0.1\n"),
            "fleet:3:7: 10.0.0.1 port 80 expects bound here but open at fleet:2:6; "
            "keep one of the two");
}

TEST(InventoryMerge, TheSameAddressMayServeTwoGroupsOnTwoPorts) {
  const auto inventory = load("address,ports,group\n10.0.0.1,80,web1\n10.0.0.1,443,web2\n");
  EXPECT_EQ(inventory.table.size(), 2u);
  EXPECT_EQ(inventory.duplicates, 0u);
}

TEST(InventoryExclude, RemovesAndCountsEachTargetOnce) {
  LoadRequest request = with_port_80();
  request.exclude = {*parse_range("10.0.0.2/31"), *parse_range("10.0.0.3"), *parse_range("::/0")};
  const auto inventory = load("10.0.0.0/29\n10.0.0.2\n2001:db8::1\n", request);
  EXPECT_EQ(inventory.excluded, 3u);
  EXPECT_EQ(inventory.table.size(), 6u);
  EXPECT_FALSE(inventory.table.find(address("10.0.0.3"), Port{80}));
  EXPECT_TRUE(inventory.table.find(address("10.0.0.4"), Port{80}));
}

TEST(InventoryExclude, OfEverythingIsAnError) {
  LoadRequest request = with_port_80();
  request.exclude = {*parse_range("10.0.0.0/8")};
  EXPECT_THAT(error_of("10.0.0.0/29\n", request), HasSubstr("every target is excluded"));
}

TEST(InventoryGroups, ChosenByNameAreAllThatIsLeft) {
  LoadRequest request = with_port_80();
  request.only_groups = {"web2", "10.0.5.0/24"};
  const auto inventory =
      load("address,group\n10.0.0.1,web1\n10.0.0.2,web2\n10.0.5.1,\n10.0.0.3,web3\n", request);
  EXPECT_THAT(lines_of(inventory.table),
              ElementsAre("web2 10.0.0.2 80 open", "10.0.5.0/24 10.0.5.1 80 open"));
}

TEST(InventoryGroups, UnknownNamesBringTheNearestOnes) {
  LoadRequest request = with_port_80();
  request.only_groups = {"wbe42"};
  const auto inventory = load_text(
      "fleet", "address,group\n10.0.0.1,mail1\n10.0.0.2,db\n10.0.0.3,web42\n10.0.0.4,web4\n",
      request);
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().code, ErrorCode::kUsage);
  EXPECT_THAT(inventory.error().context,
              HasSubstr("unknown group 'wbe42'; the nearest names are 'web42', 'web4', "));
}

TEST(InventoryGroups, ThatOnlyYieldedAreUnknown) {
  LoadRequest request = with_port_80();
  request.only_groups = {"10.0.0.0/24"};
  EXPECT_THAT(error_of("address,group\n10.0.0.1,\n10.0.0.1,web1\n", request),
              HasSubstr("unknown group '10.0.0.0/24'; the nearest names are 'web1'"));
}

TEST(InventoryGroups, ChosenButWhollyExcludedAreAnError) {
  LoadRequest request = with_port_80();
  request.only_groups = {"web1", "web2"};
  request.exclude = {*parse_range("10.0.0.2")};
  EXPECT_THAT(error_of("address,group\n10.0.0.1,web1\n10.0.0.2,web2\n", request),
              HasSubstr("every target of group 'web2' is excluded"));
}

}  // namespace
}  // namespace rollcall::inventory
