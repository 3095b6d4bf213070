#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_view_literals;

struct BadText {
  std::string_view description;
  std::string text;
  std::string_view place;
  std::string_view what;
};

void expect_each_refused(const std::vector<BadText>& cases) {
  for (const BadText& bad : cases) {
    SCOPED_TRACE(bad.description);
    const auto inventory = load_text("fleet", bad.text, with_port_80());
    ASSERT_FALSE(inventory.has_value());
    EXPECT_EQ(inventory.error().code, ErrorCode::kInput);
    EXPECT_THAT(inventory.error().context, StartsWith(std::string(bad.place) + ": "));
    EXPECT_THAT(inventory.error().context, HasSubstr(std::string(bad.what)));
  }
}

TEST(InventoryErrors, OfAddressesNameLineAndColumn) {
  expect_each_refused({
      {"bad address", "10.0.0.1\n10.0.42.300\n", "fleet:2:1", "'10.0.42.300' is not an IP address"},
      {"a host name", "web42.example\n", "fleet:1:1", "names are not resolved"},
      {"a host name with a dash", "web-42\n", "fleet:1:1", "'web-42' is not an IP address"},
      {"after blanks", "  \t10.0.0.x\n", "fleet:1:4", "'10.0.0.x'"},
      {"bad IPv6", "2001:db8::g\n", "fleet:1:1", "[2001:db8::1]:80"},
      {"IPv4-mapped text", "::ffff:192.0.2.1\n", "fleet:1:1",
       "is an IPv4 address in IPv6 form; write 192.0.2.1"},
      {"no address before the port", ":80\n", "fleet:1:1", "the address is empty"},
      {"host bits", "10.0.42.1/24\n", "fleet:1:1",
       "write 10.0.42.0/24 for the network or 10.0.42.1"},
      {"IPv6 host bits", "2001:db8::1/120\n", "fleet:1:1", "write 2001:db8::/120"},
      {"prefix too long", "10.0.0.0/33\n", "fleet:1:10", "IPv4 takes 0 to 32"},
      {"IPv6 prefix too long", "2001:db8::/129\n", "fleet:1:12", "IPv6 takes 0 to 128"},
      {"prefix far too long", "10.0.0.0/99999999999999\n", "fleet:1:10", "not a prefix length"},
      {"no prefix length", "10.0.0.0/\n", "fleet:1:10", "'' is not a prefix length"},
      {"a netmask", "10.0.0.0/255.0.0.0\n", "fleet:1:10", "'255.0.0.0' is not a prefix length"},
      {"reversed range", "10.0.0.9-10.0.0.1\n", "fleet:1:1", "write 10.0.0.1-10.0.0.9"},
      {"mixed range", "10.0.0.1-2001:db8::1\n", "fleet:1:10", "mixes IPv4 and IPv6"},
      {"short range", "10.0.0.1-254\n", "fleet:1:10",
       "write the last address of the range in full"},
      {"bad end of range", "10.0.0.1-10.0.0.256\n", "fleet:1:10", "'10.0.0.256'"},
      {"bad start of range", "10.0.0.256-10.0.1.1\n", "fleet:1:1", "'10.0.0.256' is not"},
      {"open bracket", "[2001:db8::1\n", "fleet:1:1", "never closed"},
      {"text after bracket", "[2001:db8::1]80\n", "fleet:1:14", "only :PORT may follow"},
      {"bad address in brackets", "[2001:db8::x]:80\n", "fleet:1:2", "'2001:db8::x'"},
      {"two on a line", "10.0.0.1 10.0.0.2\n", "fleet:1:9", "more than one target"},
      {"CSV row without header", "10.0.0.1,80\n", "fleet:1:9", "address,ports,group"},
      {"long junk is cut", std::string(300, 'y') + "\n", "fleet:1:1",
       "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...'"},
  });
}

TEST(InventoryErrors, OfPortsNameLineAndColumn) {
  expect_each_refused({
      {"port 0", "10.0.0.1:0\n", "fleet:1:10", "'0' is not a port"},
      {"port 70000", "\n10.0.0.1:70000\n", "fleet:2:10", "'70000' is not a port"},
      {"a port beyond 32 bits", "10.0.0.1:4294967376\n", "fleet:1:10", "is not a port"},
      {"empty port", "10.0.0.1:\n", "fleet:1:10", "the port is empty"},
      {"negative port", "10.0.0.1:-1\n", "fleet:1:10", "'-1' is not a port"},
      {"a service name", "[2001:db8::1]:http\n", "fleet:1:15", "'http' is not a port"},
      {"second of a list", "address,ports\n10.0.0.1,80;0\n", "fleet:2:13", "'0' is not a port"},
      {"hole in a list", "address,ports\n10.0.0.1,80;;443\n", "fleet:2:13", "the port is empty"},
      {"in quotes", "address,ports\n10.0.0.1,\"80, x\"\n", "fleet:2:15", "'x' is not a port"},
      {"reversed", "address,ports\n10.0.0.1,90-80\n", "fleet:2:10", "write 80-90"},
      {"end of range", "address,ports\n10.0.0.1,80-70000\n", "fleet:2:13", "'70000'"},
      {"empty port list", "address,ports\n10.0.0.1,\"\"\n", "fleet:2:11", "the port list is empty"},
      {"twice", "address,ports\n10.0.0.1:80,443\n", "fleet:2:13", "names a port already"},
  });
}

TEST(InventoryErrors, SayWhenNoPortIsGivenAnywhere) {
  EXPECT_EQ(error_of("10.0.0.1:80\n10.0.0.2\n", {}),
            "fleet:2:1: no port; give ADDRESS:PORT, a ports column, or default ports with -p");
  EXPECT_THAT(error_of("address,ports\n10.0.0.1,\n", {}), StartsWith("fleet:2:1: no port"));
}

TEST(InventoryErrors, RefuseAddressesThatMayNotBeProbed) {
  expect_each_refused({
      {"loopback", "127.0.0.1\n", "fleet:1:1", "127.0.0.1 is loopback"},
      {"multicast", "224.0.0.1\n", "fleet:1:1", "multicast"},
      {"broadcast", "255.255.255.255\n", "fleet:1:1", "broadcast"},
      {"this network", "0.0.0.0\n", "fleet:1:1", "reserved (this network)"},
      {"IPv6 loopback", "::1\n", "fleet:1:1", "loopback"},
      {"IPv6 link-local", "fe80::1\n", "fleet:1:1", "link-local"},
      {"overlap", "126.255.255.0-127.0.0.0\n", "fleet:1:1", "holds addresses that are loopback"},
      {"in a CSV row", "group,address\nweb1,239.1.1.1\n", "fleet:2:6", "multicast"},
  });
}

TEST(InventoryErrors, RefuseMoreTargetsThanTheTableHolds) {
  expect_each_refused({
      {"IPv6 /64", "2001:db8::/64\n", "fleet:1:1", "above 33554432 targets"},
      {"IPv6 /16", "2001::/16\n", "fleet:1:1", "above 33554432 targets"},
      {"addresses times ports", "address,ports\n10.0.0.0/8,1-65535\n", "fleet:2:1",
       "65535 port(s)"},
      {"one address too many", "10.0.0.1\n2001:db8::/103\n", "fleet:2:1", "above 33554432"},
  });
}

TEST(InventoryErrors, OfCsvShapeNameLineAndColumn) {
  expect_each_refused({
      {"misspelt", "address,port\n10.0.0.1,80\n", "fleet:1:9",
       "unknown column 'port'; did you mean 'ports'?"},
      {"swapped letters", "address,gruop\n", "fleet:1:9", "did you mean 'group'?"},
      {"other case", "Address,ports\n", "fleet:1:1", "did you mean 'address'?"},
      {"other case alone", "ADDRESS\n", "fleet:1:1", "did you mean 'address'?"},
      {"two letters off a long name", "address,exspeckt\n", "fleet:1:9", "did you mean 'expect'?"},
      {"parent misspelt", "address,parents\n", "fleet:1:9", "did you mean 'parent'?"},
      {"note in capitals", "address,Note\n", "fleet:1:9", "did you mean 'note'?"},
      {"after a comment", "# fleet\n\naddress,groups\n", "fleet:3:9", "did you mean 'group'?"},
      {"no address column", "ip,ports,group\n", "fleet:1:1", "the header has no 'address' column"},
      {"not a label name", "address,cost center\n", "fleet:1:9", "'cost center'"},
      {"nameless column", "address,,group\n", "fleet:1:9", "column name ''"},
      {"column twice", "address,rack,rack\n", "fleet:1:14", "'rack' appears twice"},
      {"too many fields", "address,ports\n10.0.0.1,80,web\n", "fleet:2:13",
       "3 fields but the header 2"},
      {"no address", "address,group\n,web42\n", "fleet:2:1", "the address is empty"},
      {"address column missing from row", "group,address\nweb42\n", "fleet:2:1", "has no address"},
      {"open quote", "address,group\n10.0.0.1,\"web\n", "fleet:2:10", "not closed on this line"},
      {"quote inside", "address,group\n10.0.0.1,we\"b\n", "fleet:2:12", "a quote inside a field"},
      {"text after quote", "address,group\n10.0.0.1,\"we\"b\n", "fleet:2:14", "after the closing"},
      {"expect", "address,expect\n10.0.0.1,closed\n", "fleet:2:10", "write open or bound"},
      {"bad address in quotes", "address\n\"10.0.0.x\"\n", "fleet:2:2", "'10.0.0.x'"},
      {"empty group name", "address,group\n10.0.0.1,\"\"\n", "fleet:2:11", "group name is empty"},
      {"long group name", "address,group\n10.0.0.1," + std::string(129, 'g') + "\n", "fleet:2:10",
       "longer than 128 bytes"},
  });
}

TEST(InventoryErrors, OfJunkEscapeItAndNeverEchoIt) {
  expect_each_refused({
      {"NUL", std::string("10.0.0.1\n10.0\0.0.2\n"sv), "fleet:2:5", "control character \\x00"},
      {"escape in a group", "address,group\n10.0.0.1,\x1b[2J\n", "fleet:2:10", "\\x1b"},
      {"delete", "10.0.0.1\x7f\n", "fleet:1:9", "\\x7f"},
      {"C1 control in UTF-8", "# \xc2\x9b\n", "fleet:1:3", "byte \\xc2 is not printable UTF-8"},
      {"Latin-1", "# M\xfcnchen\n", "fleet:1:4", "byte \\xfc is not printable UTF-8"},
      {"overlong UTF-8", "# \xc0\xaf\n", "fleet:1:3", "\\xc0"},
      {"overlong in three bytes", "# \xe0\x80\xaf\n", "fleet:1:3", "\\xe0"},
      {"surrogate", "# \xed\xa0\x80\n", "fleet:1:3", "\\xed"},
      {"beyond Unicode", "# \xf4\x90\x80\x80\n", "fleet:1:3", "\\xf4"},
      {"cut UTF-8", "# \xe2\x82", "fleet:1:3", "\\xe2"},
      {"UTF-16", "\xff\xfe\x31", "fleet:1:1", "save the file as UTF-8"},
      {"lone carriage return", "10.0.0.1\r10.0.0.2\n", "fleet:1:9", "\\x0d"},
      {"gzip", "\x1f\x8b\x08", "fleet:1:1", "control character \\x1f"},
      {"umlaut as a target", "w\xc3\xa4\x62\n", "fleet:1:1", "'w\\xc3\\xa4b' is not an IP address"},
  });
}

TEST(InventoryErrors, BoundTheLengthOfALine) {
  const std::string longest(kLineBytesMax, '#');
  EXPECT_EQ(load(longest + "\n10.0.0.1\n").table.size(), 1u);
  expect_each_refused({
      {"one byte more", "10.0.0.1\n#" + longest + "\n", "fleet:2:65537", "longer than 65536 bytes"},
      {"without an end", std::string(1 << 20, '1'), "fleet:1:65537", "longer than 65536 bytes"},
  });
}

TEST(InventoryErrors, NameTheFilesWithoutAnyTarget) {
  for (const std::string_view text :
       {"", "\n\n", "# nothing\n", "address,ports\n", "[]", "\xef\xbb\xbf"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(error_of(text), "no targets in fleet; add at least one");
  }
}

}  // namespace
}  // namespace rollcall::inventory
