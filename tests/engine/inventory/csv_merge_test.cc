// Imported groups merged into CSV text: what is replaced, and what keeps its bytes.
#include <gmock/gmock.h>

#include "engine/inventory/import/merge.h"
#include "engine/inventory/parse/parse_target.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::HasSubstr;

ImportedGroup group(std::string name, std::initializer_list<std::string_view> targets) {
  ImportedGroup imported{std::move(name), {}, {}, {}};
  for (const std::string_view text : targets) {
    const auto target = target_in(text);
    if (!target) throw std::runtime_error(target.error().what);
    for (Address each = target->range.first;; each = each.plus(1)) {
      imported.targets.push_back({each, target->port.value_or(Port{}), {}});
      if (each == target->range.last) break;
    }
  }
  return imported;
}

Result<std::string> merged(std::string text, const ImportedGroup& imported,
                           const MergeOptions& options = {}) {
  const auto document = CsvDocument::parse("fleet", std::move(text));
  if (!document) return std::unexpected(document.error());
  return merge(*document, std::span(&imported, 1), options);
}

std::string text_of(const Result<std::string>& text) {
  return text ? *text : "error: " + text.error().to_string();
}

TEST(CsvMerge, MakesAFileWithAHeaderWhereThereIsNone) {
  const MergeOptions ports{.ports = {Port{80}, Port{443}}};
  EXPECT_EQ(text_of(merged("", group("web1", {"10.0.0.2", "10.0.0.1", "10.0.0.9"}), ports)),
            "address,ports,group,expect\n10.0.0.1-10.0.0.2,80;443,web1,\n10.0.0.9,80;443,web1,\n");
  EXPECT_EQ(text_of(merged("# mine", group("web,1", {"10.0.0.1"}),
                           {{Port{80}}, Expect::kBound, "rack \"a\"", ""})),
            "# mine\naddress,ports,group,expect,parent\n"
            "10.0.0.1,80,\"web,1\",bound,\"rack \"\"a\"\"\"\n");
}

TEST(CsvMerge, AnUnchangedGroupKeepsEveryByte) {
  const std::string text =
      "# head\r\n\r\ngroup, address ,color,ports\r\nweb1 , 10.0.0.0/30,\"r,d\",80-82;443\r\n"
      "web1,10.0.0.4,\"r,d\",443;80;81;82\r\n # in between\r\nweb2,10.0.1.1:22\r\nweb1,10.0.0.5";
  EXPECT_EQ(text_of(merged(text, group("web1", {"10.0.0.0/30", "10.0.0.4", "10.0.0.5"}))), text);
}

TEST(CsvMerge, ReplacesExactlyTheLinesOfTheGroupWhereTheyWere) {
  EXPECT_EQ(text_of(merged("address,ports,group,rack\n10.0.0.1,80,a,r1\n# about b\n"
                           "10.0.1.1-10.0.1.4,443,b,r2\n\n10.0.2.1,80,c,r3",
                           group("b", {"10.0.1.2-10.0.1.3", "10.0.1.5"}))),
            "address,ports,group,rack\n10.0.0.1,80,a,r1\n# about b\n"
            "10.0.1.2-10.0.1.3,443,b,r2\n10.0.1.5,443,b,r2\n\n10.0.2.1,80,c,r3");
}

TEST(CsvMerge, ANewGroupGoesToTheEnd) {
  const MergeOptions port{.ports = {Port{80}}};
  EXPECT_EQ(text_of(merged("address,ports,group\r\n10.0.0.1,80,a", group("b", {"10.0.1.1"}), port)),
            "address,ports,group\r\n10.0.0.1,80,a\r\n10.0.1.1,80,b\r\n");
}

TEST(CsvMerge, LinesWithTheirOwnPortsAndLabelsKeepThem) {
  EXPECT_EQ(text_of(merged("address,ports,group,expect,rack\n10.0.0.1-10.0.0.9,80,a,,r1\n"
                           "10.0.0.1,22,a,bound,r2\n10.0.0.10,443,a,,r3\n",
                           group("a", {"10.0.0.1-10.0.0.5", "10.0.0.10"}))),
            "address,ports,group,expect,rack\n10.0.0.1-10.0.0.5,80,a,,r1\n"
            "10.0.0.1,22,a,bound,r2\n10.0.0.10,443,a,,r3\n");
}

TEST(CsvMerge, NewAddressesOfAMixedGroupNeedTheirPortsSaid) {
  const std::string text = "address,ports,group\n10.0.0.1,80,a\n10.0.0.2,443,a\n";
  EXPECT_THAT(text_of(merged(text, group("a", {"10.0.0.1-10.0.0.3"}))),
              HasSubstr("lines with different ports, so the ports of 10.0.0.3 are not known"));
  EXPECT_EQ(text_of(merged(text, group("a", {"10.0.0.1-10.0.0.3"}), {.ports = {Port{22}}})),
            "address,ports,group\n10.0.0.1-10.0.0.3,22,a\n");
  EXPECT_THAT(text_of(merged(text, group("b", {"10.0.0.3"}))), HasSubstr("'b' is new"));
  EXPECT_THAT(text_of(merged("address,ports,group,expect\n10.0.0.1,80,a,bound\n10.0.0.2,80,a,\n",
                             group("a", {"10.0.0.1-10.0.0.3"}))),
              HasSubstr("different expectations, so that of 10.0.0.3 is not known"));
}

TEST(CsvMerge, PortsOfTheSourceOutweighThoseOfTheOptions) {
  EXPECT_EQ(
      text_of(merged("", group("a", {"10.0.0.1:443", "10.0.0.1:80", "10.0.0.2:80", "10.0.0.3"}),
                     {.ports = {Port{22}}})),
      "address,ports,group,expect\n10.0.0.1,80;443,a,\n10.0.0.2,80,a,\n10.0.0.3,22,a,\n");
}

TEST(CsvMerge, AddsTheColumnsThatItNeedsAndNoOther) {
  EXPECT_EQ(text_of(merged("address\n10.0.0.1:80 # no comment\n", group("a", {"10.0.1.1"}))),
            "error: fleet:2:13: a comment behind a row; put it on a line of its own, or quote the "
            "field if the '#' belongs to it");
  EXPECT_EQ(text_of(merged("address\n10.0.0.1:80\n", group("a", {"10.0.1.1:443"}))),
            "address,ports,group\n10.0.0.1:80\n10.0.1.1,443,a\n");
  MergeOptions options;
  options.note = "twice";
  EXPECT_EQ(text_of(merged("address,ports,group\n10.0.0.1,80,a\n10.0.0.2,80,b\n",
                           group("a", {"10.0.0.1"}), options)),
            "address,ports,group,note\n10.0.0.1,80,a,twice\n10.0.0.2,80,b\n");
}

TEST(CsvMerge, AnAddressWithItsPortKeepsThatPort) {
  EXPECT_EQ(text_of(merged("address,group\n10.0.0.1:80,a\n10.0.0.2:80,a\n",
                           group("a", {"10.0.0.1-10.0.0.3"}))),
            "address,group,ports\n10.0.0.1-10.0.0.3,a,80\n");
}

TEST(CsvMerge, RefusesWhatIsNoCsvInventory) {
  EXPECT_THAT(text_of(merged("10.0.0.1:80\n", group("a", {"10.0.0.1"}))),
              HasSubstr("fleet:1:1: not a CSV inventory"));
  EXPECT_THAT(text_of(merged("[{\"targets\":[]}]", group("a", {"10.0.0.1"}))),
              HasSubstr("fleet:1:1: not a CSV inventory"));
  EXPECT_THAT(
      text_of(merged("address,ports\n10.0.0.1,80\n10.0.0.x,80\n", group("a", {"10.0.0.1"}))),
      HasSubstr("fleet:3:1: '10.0.0.x'"));
}

TEST(PortsText, WritesThreeNeighboursAsARange) {
  const std::vector<Port> ports{Port{22}, Port{80}, Port{81}, Port{8000}, Port{8001}, Port{8002}};
  EXPECT_EQ(ports_text(ports), "22;80;81;8000-8002");
}

}  // namespace
}  // namespace rollcall::inventory
