#include <gmock/gmock.h>

#include "engine/inventory/import/source.h"
#include "engine/inventory/ranges.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

WholeFile file(std::string text) {
  return {"source", std::move(text)};
}

std::vector<std::string> addresses(const ImportedGroup& group) {
  std::vector<std::string> texts;
  for (const ImportedTarget& target : group.targets) texts.push_back(target.address.to_string());
  return texts;
}

// As `ip -j addr` of iproute2 6.1 prints it, shortened.
constexpr std::string_view kIpAddr = R"([
 {"ifindex":1,"ifname":"lo","addr_info":[
  {"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo"},
  {"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]},{},
 {"ifindex":2,"ifname":"eth0","operstate":"UP","addr_info":[
  {"family":"inet","local":"10.0.42.1","prefixlen":24,"scope":"global","label":"eth0"},
  {"family":"inet","local":"10.0.42.2","prefixlen":24,"scope":"global","secondary":true},
  {"family":"inet6","local":"2001:db8::2","prefixlen":64,"scope":"global","deprecated":true},
  {"family":"inet6","local":"2001:db8::3","prefixlen":64,"scope":"global","dadfailed":true},
  {"family":"inet6","local":"2001:db8::4","prefixlen":64,"scope":"global","temporary":true},
  {"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link"}]},
 {"ifindex":3,"ifname":"docker0","addr_info":[
  {"family":"inet","local":"172.17.0.1","prefixlen":16,"scope":"global"}]}])";

TEST(ImportIpAddr, TakesGlobalAddressesOfTheChosenInterfaces) {
  const auto chosen = import_ip_addr(file(std::string(kIpAddr)), "web42", {"eth0"});
  ASSERT_TRUE(chosen) << chosen.error().to_string();
  ASSERT_EQ(chosen->groups.size(), 1u);
  EXPECT_EQ(chosen->groups[0].name, "web42");
  EXPECT_THAT(addresses(chosen->groups[0]), ElementsAre("10.0.42.1", "10.0.42.2", "2001:db8::2"));
  EXPECT_THAT(chosen->remarks, ElementsAre("left out 1 address: duplicate address detection failed",
                                           "left out 1 address: not of global scope",
                                           "left out 1 address: temporary"));
  const auto all = import_ip_addr(file(std::string(kIpAddr)), "web42", {});
  EXPECT_THAT(addresses(all->groups[0]),
              ElementsAre("10.0.42.1", "10.0.42.2", "2001:db8::2", "172.17.0.1"));
}

std::string interface(std::string_view name, std::string_view state, std::string_view address) {
  return fmt::format(R"({{"ifname":"{}","operstate":"{}","flags":["UP"],"addr_info":[)"
                     R"({{"family":"inet","local":"{}","scope":"global"}}]}})",
                     name, state, address);
}

TEST(ImportIpAddr, NamesInterfacesThatNobodyChose) {
  const std::string eth0 = interface("eth0", "UP", "10.0.42.1");
  const std::string wg0 = interface("wg0", "UNKNOWN", "10.8.0.1");
  const std::string docker0 = interface("docker0", "DOWN", "172.17.0.1");
  const std::string dummy0 = interface("dummy0", "DOWN", "10.0.42.9");
  const std::string unset = R"({"ifname":"eth1","flags":["BROADCAST"],"addr_info":[)"
                            R"({"family":"inet","local":"10.0.42.8","scope":"global"}]})";
  const std::string down = "took 1 address of dummy0, which is DOWN";
  const struct {
    std::string_view description;
    std::string text;
    std::vector<std::string> interfaces;
    std::vector<std::string> remarks;
  } cases[] = {
      {"one", eth0, {}, {}},
      {"two",
       eth0 + "," + interface("eth1", "UP", "10.0.42.2"),
       {},
       {"took 1 address of eth0", "took 1 address of eth1"}},
      {"a tunnel",
       wg0,
       {},
       {"took 1 address of wg0, by its name a tunnel; --interface chooses others"}},
      {"containers",
       docker0 + "," + eth0,
       {},
       {"took 1 address of docker0, by its name for containers or virtual machines on that host, "
        "which is DOWN; --interface chooses others",
        "took 1 address of eth0"}},
      {"chosen", docker0 + "," + eth0 + "," + wg0, {"eth0", "wg0"}, {}},
      {"one that is down", dummy0, {}, {down + "; --interface chooses others"}},
      {"chosen, and down", dummy0 + "," + eth0, {"dummy0", "eth0"}, {down}},
      {"set down",
       unset,
       {},
       {"took 1 address of eth1, which is DOWN; --interface chooses others"}},
  };
  for (const auto& each : cases) {
    const auto imported = import_ip_addr(file("[" + each.text + "]"), "web42", each.interfaces);
    ASSERT_TRUE(imported) << imported.error().to_string();
    EXPECT_EQ(imported->remarks, each.remarks) << each.description;
  }
}

TEST(ImportIpAddr, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view description;
    std::string text;
    std::vector<std::string> interfaces;
    std::string_view error;
  };
  const Case cases[] = {
      {"cut short", "[\n {\"ifname\": \"eth0\",", {}, "source:2:20: not valid JSON"},
      {"a number beyond any double", "[{\"mtu\": 2e999}]", {}, "source: not valid JSON: "},
      {"not JSON", "1: lo: <LOOPBACK>", {}, "source:1:2: not valid JSON"},
      {"empty", "", {}, "source:1:1: not valid JSON"},
      {"an object", "{}", {}, "source: the document is no array"},
      {"a number inside", "[1]", {}, "source: element 1 is no object"},
      {"another program's", R"([{"name":"a"}])", {}, "source: element 1 has no 'ifname'"},
      {"ip link", R"([{"ifname":"a"}])", {}, "source: element 1 has no 'addr_info'"},
      {"no address",
       R"([{"ifname":"a","addr_info":[{"family":"inet","local":"x"}]}])",
       {},
       "source: element 1 has a local address 'x'"},
      {"nothing", "[]", {}, "source: no global unicast address; nothing to import"},
      {"brief",
       R"([{"ifname":"eth0","operstate":"UP","addr_info":[{"local":"10.0.0.1","prefixlen":24}]}])",
       {},
       "source: this is the output of `ip -br -j addr`, which leaves out the scopes of addresses; "
       "give that of `ip -j addr`"},
      {"a login page", "<html>Sign in</html>", {}, "source:1:1: this is HTML or XML"},
      {"only loopback", std::string(kIpAddr), {"lo"}, "on the chosen interfaces"},
      {"unknown", std::string(kIpAddr), {"eht0"}, "no interface 'eht0'; it has 'eth0'"},
  };
  for (const Case& each : cases) {
    const auto imported = import_ip_addr(file(each.text), "web42", each.interfaces);
    ASSERT_FALSE(imported) << each.description;
    EXPECT_THAT(imported.error().to_string(), HasSubstr(each.error)) << each.description;
  }
}

TEST(ImportEtcIps, ReadsCommentsCarriageReturnsAndBlankLines) {
  const auto imported = import_etc_ips(
      file("# added by hand\r\n\r\n10.0.42.2:255.255.255.0:10.0.42.255\r\n"
           "  10.0.42.3:255.255.255.255:10.0.42.3  # customer\n\n10.0.42.2:255.0.0.0:10.0.0.0"),
      "web42", Address::parse("10.0.0.42"));
  ASSERT_TRUE(imported) << imported.error().to_string();
  EXPECT_THAT(addresses(imported->groups[0]),
              ElementsAre("10.0.42.2", "10.0.42.3", "10.0.42.2", "10.0.0.42"));
}

TEST(ImportEtcIps, RefusesEveryBadLineWithItsPlace) {
  struct Case {
    std::string_view description;
    std::string text;
    std::string_view error;
  };
  const Case cases[] = {
      {"empty", "# nothing\n", "source: holds no address"},
      {"address alone", "10.0.0.1\n", "source:1:1: '10.0.0.1' is not address:netmask:broadcast"},
      {"two fields", "\n10.0.0.1:255.0.0.0\n", "source:2:1: "},
      {"four fields", "10.0.0.1:255.0.0.0:10.0.0.2:x\n", "source:1:"},
      {"address", "10.0.0.256:255.0.0.0:10.0.0.2\n", "source:1:1: the address '10.0.0.256'"},
      {"netmask", "10.0.0.1:255.0.255.0:10.0.0.2\n", "source:1:10: the netmask '255.0.255.0'"},
      {"netmask of zeros", "10.0.0.1:0.0.0.0:10.0.0.2\n", "source:1:10: the netmask '0.0.0.0'"},
      {"broadcast", "10.0.0.1:255.0.0.0:\n", "source:1:20: the broadcast ''"},
      {"IPv6", "2001:db8::1\n", "source:1:"},
      {"loopback", "127.0.0.1:255.0.0.0:127.255.255.255\n", "127.0.0.1 is loopback"},
      {"binary", std::string("10.0.0.1\0", 9), "source:1:9: control character"},
      {"an error page", "\n<!DOCTYPE html><h1>404</h1>\n", "this is HTML or XML"},
  };
  for (const Case& each : cases) {
    const auto imported = import_etc_ips(file(each.text), "web42", Address::parse("10.0.0.42"));
    ASSERT_FALSE(imported) << each.description;
    EXPECT_THAT(imported.error().to_string(), HasSubstr(each.error)) << each.description;
  }
}

constexpr std::string_view kFileSd = R"([
 {"targets":["10.0.1.1:80","10.0.1.1:443"],"labels":{"server":"web1","parent":"r1","job":"x"}},
 {"targets":["10.0.2.1"],"labels":{"server":"web2","expect":"bound"}},
 {"targets":["[2001:db8::1]:80"],"labels":{"server":"web1"}}])";

TEST(ImportFileSd, TakesTheGroupFromALabelOfChoice) {
  const auto imported = import_file_sd(file(std::string(kFileSd)), {"", "server"});
  ASSERT_TRUE(imported) << imported.error().to_string();
  ASSERT_EQ(imported->groups.size(), 2u);
  EXPECT_EQ(imported->groups[0].name, "web1");
  EXPECT_EQ(imported->groups[0].parent, "r1");
  EXPECT_THAT(addresses(imported->groups[0]), ElementsAre("10.0.1.1", "10.0.1.1", "2001:db8::1"));
  EXPECT_EQ(imported->groups[0].targets[1].port, Port{443});
  EXPECT_EQ(imported->groups[0].targets[0].expect, std::nullopt);
  EXPECT_EQ(imported->groups[1].targets[0].port, Port{0});
  EXPECT_EQ(imported->groups[1].targets[0].expect, Expect::kBound);
}

TEST(ImportFileSd, TakesOnlyTheNamedGroupOrPutsAllIntoOne) {
  const auto one = import_file_sd(file(std::string(kFileSd)), {"web2", "server"});
  ASSERT_EQ(one->groups.size(), 1u);
  EXPECT_THAT(addresses(one->groups[0]), ElementsAre("10.0.2.1"));
  const auto all = import_file_sd(file(std::string(kFileSd)), {"every", ""});
  ASSERT_EQ(all->groups.size(), 1u);
  EXPECT_EQ(all->groups[0].name, "every");
  EXPECT_EQ(all->groups[0].targets.size(), 4u);
}

TEST(ImportFileSd, SaysWhatIsWrongAndInWhichElement) {
  struct Case {
    std::string_view description;
    std::string text;
    FileSdRequest request;
    std::string_view error;
  };
  const Case cases[] = {
      {"cut short", "[{\n\"targets\":[\"10.0", {"g", ""}, "source:2:17: not valid JSON"},
      {"no array", "{}", {"g", ""}, "the document is no array"},
      {"no targets", R"([{"labels":{}}])", {"g", ""}, "element 1: has no array 'targets'"},
      {"a name", R"([{"targets":["web1:80"]}])", {"g", ""}, "names are not resolved"},
      {"a number", R"([{"targets":[1]}])", {"g", ""}, "element 1: a target is no string"},
      {"multicast", R"([{"targets":["224.0.0.1:80"]}])", {"g", ""}, "is multicast"},
      {"no label", R"([{"targets":["10.0.0.1:80"]}])", {"", "srv"}, "has no label 'srv'"},
      {"too much", R"([{"targets":["2001:db8::/64"]}])", {"g", ""}, "targets"},
      {"no such group", std::string(kFileSd), {"web9", "server"}, "server = 'web9'"},
      {"empty", "[]", {"g", ""}, "holds no target"},
      {"a parent too long",
       R"([{"targets":["10.0.0.1:80"],"labels":{"parent":")" + std::string(129, 'r') + "\"}}]",
       {"g", ""},
       "element 1: parent name 'rrrr"},
      {"two parents",
       R"([{"targets":[],"labels":{"parent":"a"}},{"targets":[],"labels":{"parent":"b"}}])",
       {"g", ""},
       "element 2: group 'g' has another parent"},
  };
  for (const Case& each : cases) {
    const auto imported = import_file_sd(file(each.text), each.request);
    ASSERT_FALSE(imported) << each.description;
    EXPECT_THAT(imported.error().to_string(), HasSubstr(each.error)) << each.description;
  }
}

TEST(ImportExclude, RemovesAddressesButNeverAllOfAGroup) {
  auto imported = import_file_sd(file(std::string(kFileSd)), {"g", ""});
  ASSERT_TRUE(exclude(*imported, {*parse_range("10.0.1.0/24"), *parse_range("::/0")}));
  EXPECT_THAT(addresses(imported->groups[0]), ElementsAre("10.0.2.1"));
  const auto none = exclude(*imported, {*parse_range("10.0.0.0/8")});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().to_string(), HasSubstr("every address of group 'g' is excluded"));
}

}  // namespace
}  // namespace rollcall::inventory
