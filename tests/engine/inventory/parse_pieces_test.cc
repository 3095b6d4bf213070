#include <gmock/gmock.h>

#include "engine/inventory/text/closest_match.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(ParsePorts, SortsAndNamesEachPortOnce) {
  EXPECT_THAT(*parse_ports("443, 80;8000-8002,80"),
              ElementsAre(Port{80}, Port{443}, Port{8000}, Port{8001}, Port{8002}));
  EXPECT_EQ(parse_ports("1-65535")->size(), 65535u);
}

TEST(ParsePorts, NamesTheColumnOfAFlaw) {
  EXPECT_THAT(parse_ports("").error().context, StartsWith("column 1: the port list is empty"));
  EXPECT_THAT(parse_ports("80;").error().context, StartsWith("column 4: the port is empty"));
  EXPECT_THAT(parse_ports("80; 0").error().context, StartsWith("column 5: '0' is not a port"));
  EXPECT_THAT(parse_ports("80;90-0").error().context, StartsWith("column 7: '0' is not a port"));
}

TEST(ParseRange, TakesAddressesCidrsAndRanges) {
  for (const auto& [text, first, last] :
       std::initializer_list<std::tuple<const char*, const char*, const char*>>{
           {"10.0.0.1", "10.0.0.1", "10.0.0.1"},
           {"10.0.0.0/8", "10.0.0.0", "10.255.255.255"},
           {"0.0.0.0/0", "0.0.0.0", "255.255.255.255"},
           {"2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"10.0.0.1-10.0.1.9", "10.0.0.1", "10.0.1.9"},
           {"2001:db8::1-2001:db8::9", "2001:db8::1", "2001:db8::9"},
           {"10.0.0.1/32", "10.0.0.1", "10.0.0.1"},
       }) {
    SCOPED_TRACE(text);
    const auto range = parse_range(text);
    ASSERT_TRUE(range) << range.error().context;
    EXPECT_EQ(range->first, address(first));
    EXPECT_EQ(range->last, address(last));
  }
  EXPECT_THAT(parse_range("10.0.0.1:80").error().context, StartsWith("column 1: '10.0.0.1:80'"));
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("group", ""), 5u);
  EXPECT_EQ(edit_distance("", "group"), 5u);
  EXPECT_EQ(edit_distance("gruop", "group"), 1u);
  EXPECT_EQ(edit_distance("port", "ports"), 1u);
  EXPECT_EQ(edit_distance("web42", "bew42"), 2u);
  EXPECT_EQ(edit_distance("abc", "xyz"), 3u);
}

TEST(NearMiss, IsNothingFarFetched) {
  const std::vector<std::string> known{"listen", "token_file", "log", "sweep"};
  for (const auto& [name, meant] : std::initializer_list<std::pair<const char*, const char*>>{
           {"lsiten", "listen"},
           {"swep", "sweep"},
           {"lag", "log"},
           {"token", "token_file"},
           {"token_flie_", "token_file"},
       }) {
    EXPECT_EQ(closest_match(name, known), meant) << name;
  }
  for (const char* name : {"foo", "help", "to", "", "nothing_of_the_kind"}) {
    EXPECT_EQ(closest_match(name, known), std::nullopt) << name;
  }
  EXPECT_EQ(closest_match("log", {}), std::nullopt);
}

}  // namespace
}  // namespace rollcall::inventory
