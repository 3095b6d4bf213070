#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

struct Form {
  std::string_view description;
  std::string text;
  std::vector<std::string> lines;
};

TEST(InventoryForms, OfPlainListsAndCsvAreUnderstood) {
  const std::vector<Form> forms{
      {"plain list",
       "10.0.0.1\n10.0.0.2:443\n",
       {"10.0.0.0/24 10.0.0.1 80 open", "10.0.0.0/24 10.0.0.2 443 open"}},
      {"comments, blanks, no last line end",
       "# fleet\n\n  10.0.0.1\t# \"web\"\n10.0.0.2#x",
       {"10.0.0.0/24 10.0.0.1 80 open", "10.0.0.0/24 10.0.0.2 80 open"}},
      {"range over two /24",
       "10.0.0.255-10.0.1.0\n",
       {"10.0.0.0/24 10.0.0.255 80 open", "10.0.1.0/24 10.0.1.0 80 open"}},
      {"CIDR with a port",
       "192.0.2.4/31:22\n",
       {"192.0.2.0/24 192.0.2.4 22 open", "192.0.2.0/24 192.0.2.5 22 open"}},
      {"IPv6 in brackets first", "[2001:db8::1]:443\n", {"2001:db8::/64 2001:db8::1 443 open"}},
      {"IPv6 alone", "2001:db8::1\n", {"2001:db8::/64 2001:db8::1 80 open"}},
      {"IPv6 range in brackets",
       "[2001:db8::1-2001:db8::2]:443\n",
       {"2001:db8::/64 2001:db8::1 443 open", "2001:db8::/64 2001:db8::2 443 open"}},
      {"IPv6 range over two /64",
       "2001:db8::ffff:ffff:ffff:ffff-2001:db8:0:1::\n",
       {"2001:db8::/64 2001:db8::ffff:ffff:ffff:ffff 80 open",
        "2001:db8:0:1::/64 2001:db8:0:1:: 80 open"}},
      {"CSV",
       "address,ports,group,expect\n10.0.0.1,80;443,web1,bound\n",
       {"web1 10.0.0.1 80 bound", "web1 10.0.0.1 443 bound"}},
      {"CSV in any order with comments",
       "#c\n\nexpect , group, address\n # c\nopen,web1,10.0.0.1\n",
       {"web1 10.0.0.1 80 open"}},
      {"CSV with CRLF and a byte order mark",
       "\xef\xbb\xbf"
       "address,group\r\n10.0.0.1,web1\r\n",
       {"web1 10.0.0.1 80 open"}},
      {"CSV with fields missing at the end",
       "address,ports,group\n10.0.0.1\n10.0.0.2,,web1\n",
       {"10.0.0.0/24 10.0.0.1 80 open", "web1 10.0.0.2 80 open"}},
      {"CSV quoting",
       "address,ports,group,note\n\"10.0.0.1\",\"80, 443\", \"a,\"\"b\"\"\" ,\"\"\n",
       {"a,\"b\" 10.0.0.1 80 open", "a,\"b\" 10.0.0.1 443 open"}},
      {"CSV port ranges",
       "address,ports\n10.0.0.1,8001-8003;8002;80\n",
       {"10.0.0.0/24 10.0.0.1 80 open", "10.0.0.0/24 10.0.0.1 8001 open",
        "10.0.0.0/24 10.0.0.1 8002 open", "10.0.0.0/24 10.0.0.1 8003 open"}},
      {"CSV with a port in the address",
       "address,group\n10.0.0.1:22,web1\n[2001:db8::1]:22,web1\n",
       {"web1 10.0.0.1 22 open", "web1 2001:db8::1 22 open"}},
      {"CSV labels, empty ones left out",
       "address,rack,node\n10.0.0.1,r7,n1\n10.0.0.2,,n2\n",
       {"10.0.0.0/24 10.0.0.1 80 open node=n1 rack=r7", "10.0.0.0/24 10.0.0.2 80 open node=n2"}},
      {"UTF-8 in names",
       "address,group\n10.0.0.1,M\xc3\xbcnchen\n",
       {"M\xc3\xbcnchen 10.0.0.1 80 open"}},
      {"CSV of one column", "address\n10.0.0.1\n", {"10.0.0.0/24 10.0.0.1 80 open"}},
  };
  for (const Form& form : forms) {
    SCOPED_TRACE(form.description);
    EXPECT_THAT(lines_of(load(form.text).table), ElementsAreArray(form.lines));
  }
}

TEST(InventoryForms, OfFileSdAreUnderstood) {
  const std::vector<Form> forms{
      {"the documented form",
       R"([{"targets":["10.0.42.1:80"],"labels":{"group":"web42"}}])",
       {"web42 10.0.42.1 80 open"}},
      {"labels before targets, blanks before all",
       "\n  [ {\"labels\": {\"rack\": \"r7\", \"expect\": \"bound\"},\n\"targets\": "
       "[\"10.0.0.1\"]}]",
       {"10.0.0.0/24 10.0.0.1 80 bound rack=r7"}},
      {"no labels, IPv6",
       R"([{"targets":["[2001:db8::1]:443"]}])",
       {"2001:db8::/64 2001:db8::1 443 open"}},
      {"labels do not leak into the next element",
       R"([{"targets":["10.0.0.1"],"labels":{"group":"a","x":"1"}},{"targets":["10.0.0.2"]}])",
       {"a 10.0.0.1 80 open x=1", "10.0.0.0/24 10.0.0.2 80 open"}},
      {"escapes, empty labels and elements",
       R"([{"targets":[]},{"targets":["10.0.0.\u0031"],"labels":{"group":"a\"b","x":""}}])",
       {"a\"b 10.0.0.1 80 open"}},
  };
  for (const Form& form : forms) {
    SCOPED_TRACE(form.description);
    EXPECT_THAT(lines_of(load(form.text).table), ElementsAreArray(form.lines));
  }
}

TEST(InventoryForms, UseTheDefaultsOfTheRequest) {
  const LoadRequest request{.default_ports = {Port{443}, Port{80}, Port{443}},
                            .default_expect = Expect::kBound};
  EXPECT_THAT(lines_of(load("10.0.0.1\n", request).table),
              ElementsAre("10.0.0.0/24 10.0.0.1 80 bound", "10.0.0.0/24 10.0.0.1 443 bound"));
}

TEST(InventoryForms, GroupsKeepTheOrderOfFirstAppearance) {
  const auto inventory =
      load("address,group\n10.0.9.0/31,zulu\n10.0.1.0,alpha\n10.0.0.1:443,zulu\n10.0.0.1,zulu\n");
  const auto groups = inventory.table.groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "zulu");
  EXPECT_EQ(groups[0].first, 0u);
  EXPECT_EQ(groups[0].targets, 4u);
  EXPECT_EQ(groups[0].addresses, 3u);
  EXPECT_EQ(groups[1].name, "alpha");
  EXPECT_EQ(groups[1].first, 4u);
  EXPECT_EQ(groups[1].targets, 1u);
  EXPECT_EQ(groups[1].addresses, 1u);
  EXPECT_EQ(inventory.table.addresses(), 4u);
  EXPECT_THAT(
      lines_of(inventory.table),
      ElementsAre("zulu 10.0.0.1 80 open", "zulu 10.0.0.1 443 open", "zulu 10.0.9.0 80 open",
                  "zulu 10.0.9.1 80 open", "alpha 10.0.1.0 80 open"));
}

TEST(InventoryForms, LineEndsMayFallAnywhereInTheReadBuffer) {
  // Lines of uneven length over several buffers, so that the buffer's end meets every part of one.
  std::string text;
  for (int i = 0; i < 65536; ++i) {
    text += fmt::format("10.7.{}.{}{}\n", i / 256, i % 256, std::string(i % 7, ' '));
  }
  const auto inventory = load(text);
  EXPECT_EQ(inventory.table.size(), 65536u);
  EXPECT_EQ(inventory.table.groups().size(), 256u);
}

}  // namespace
}  // namespace rollcall::inventory
