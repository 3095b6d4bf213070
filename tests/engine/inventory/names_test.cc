// Names that look the same are the same, by whatever door they come in (ADR 34); comments behind
// rows are no part of them.
#include <gmock/gmock.h>

#include <string_view>

#include "engine/inventory/compare/look_alikes.h"
#include "engine/inventory/import/merge.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/parse/notes.h"
#include "engine/inventory/text/byte_source.h"
#include "engine/inventory/text/csv_document.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> groups_of(const TargetTable& table) {
  std::vector<std::string> names;
  for (const Group& group : table.groups()) names.push_back(group.name);
  return names;
}

// Spellings of one name that come from a spreadsheet, a web page and two keyboards.
constexpr std::string_view kSpellings[] = {"caf\u00e9 01",
                                           "cafe\u0301 01",
                                           "caf\u00e9 01\u00a0",
                                           "\ufeffcaf\u00e9\u300001",
                                           "caf\u00e9\u200b 01 ",
                                           "caf\u00e9\u2007 01",
                                           "\u202acaf\u00e9 01\u202c"};

TEST(InventoryNames, OfCsvRowsAreOneGroupHoweverTheyAreSpelt) {
  std::string rows = "address,group,parent,rack\n";
  int host = 0;
  for (const std::string_view name : kSpellings) {
    rows += fmt::format("10.0.0.{},{},{},{}\n", ++host, name, name, name);
  }
  const auto fleet = load(rows);
  EXPECT_THAT(groups_of(fleet.table), ElementsAre("caf\u00e9 01"));
  EXPECT_EQ(fleet.table.groups()[0].parent, "caf\u00e9 01");
  EXPECT_EQ(lines_of(fleet.table)[1], "caf\u00e9 01 10.0.0.2 80 open rack=caf\u00e9 01");
  EXPECT_EQ(lines_of(fleet.table)[6], "caf\u00e9 01 10.0.0.7 80 open rack=caf\u00e9 01");
}

TEST(InventoryNames, OfFileSdAreOneGroupHoweverTheyAreSpelt) {
  std::string elements;
  int host = 0;
  for (const std::string_view name : kSpellings) {
    elements += fmt::format(
        R"({}{{"targets":["10.0.0.{}:80"],"labels":{{"group":"{}","parent":"{}","rack":"{}"}}}})",
        host == 0 ? "" : ",", host + 1, name, name, name);
    ++host;
  }
  const auto fleet = load("[" + elements + "]");
  EXPECT_THAT(groups_of(fleet.table), ElementsAre("caf\u00e9 01"));
  EXPECT_EQ(lines_of(fleet.table)[1], "caf\u00e9 01 10.0.0.2 80 open rack=caf\u00e9 01");
  const auto imported = import_file_sd({"source", "[" + elements + "]"}, {"", "group"});
  ASSERT_TRUE(imported) << imported.error().to_string();
  ASSERT_EQ(imported->groups.size(), 1u);
  EXPECT_EQ(imported->groups[0].name, "caf\u00e9 01");
  EXPECT_EQ(imported->groups[0].parent, "caf\u00e9 01");
  EXPECT_EQ(imported->groups[0].targets.size(), std::size(kSpellings));
}

TEST(InventoryNames, ChooseTheSameGroupOnTheCommandLine) {
  for (const std::string_view name : kSpellings) {
    LoadRequest request = with_port_80();
    request.only_groups = {std::string(name)};
    const auto fleet = load("address,group\n10.0.0.1,caf\u00e9 01\n10.0.0.2,web2\n", request);
    EXPECT_EQ(fleet.table.size(), 1u) << name;
  }
}

TEST(InventoryNames, OfNotesAreTheGroups) {
  for (const std::string_view name : kSpellings) {
    const std::string text = std::string(name) + ": ask the customer";
    TextSource bytes(text);
    const auto notes = read_notes("notes", bytes);
    ASSERT_TRUE(notes) << notes.error().to_string();
    EXPECT_EQ(notes->begin()->first, "caf\u00e9 01");
  }
  TextSource twice("web1: a\nweb1\u00a0: b\n");
  EXPECT_THAT(read_notes("notes", twice).error().to_string(), HasSubstr("has a note already"));
  TextSource go_on("web1: a\n\u00a0and b\n");
  EXPECT_EQ(read_notes("notes", go_on)->at("web1"), "a and b");
}

TEST(InventoryNames, OfOldRowsAreFoundByAMerge) {
  const auto document = CsvDocument::parse(
      "fleet", "address,ports,group\n10.0.0.1,80,web1\u00a0\n10.0.0.2,80,web2\n");
  ASSERT_TRUE(document);
  const ImportedGroup group{"web1", {{address("10.0.0.3"), {}, {}}}, {}, {}};
  const auto text = merge(*document, std::span(&group, 1), {});
  ASSERT_TRUE(text) << text.error().to_string();
  EXPECT_EQ(*text, "address,ports,group\n10.0.0.3,80,web1\n10.0.0.2,80,web2\n");
}

TEST(InventoryNames, OfNothingToBeSeenAreEmpty) {
  EXPECT_THAT(groups_of(load("address,group\n10.0.0.1,\u200b\u00a0\n").table),
              ElementsAre("10.0.0.0/24"));
  EXPECT_THAT(error_of(R"([{"targets":["10.0.0.1:80"],"labels":{"group":"\u200b"}}])"),
              HasSubstr("the group name is empty"));
}

TEST(InventoryNames, BlanksOfAnyKindAroundAddressesDoNoHarm) {
  EXPECT_THAT(lines_of(load("\u00a010.0.0.1\u200b\n10.0.0.2\u2003# web\n\u00a0# all\n").table),
              ElementsAre("10.0.0.0/24 10.0.0.1 80 open", "10.0.0.0/24 10.0.0.2 80 open"));
  EXPECT_THAT(lines_of(load("\u00a0address ,group\n 10.0.0.1\u00a0,\u00a0\"a,b\"\u3000\n").table),
              ElementsAre("a,b 10.0.0.1 80 open"));
}

TEST(InventoryNames, CommentsBehindRowsAreErrorsWithTheFix) {
  const std::string fix =
      "a comment behind a row; put it on a line of its own, or quote the field if the '#' belongs "
      "to it";
  const struct {
    std::string_view description;
    std::string_view row;
    std::size_t column;
  } cases[] = {
      {"behind the group", "10.0.0.1,80,web1 # new", 18},
      {"behind a tab", "10.0.0.1,80,web1\t#new", 18},
      {"behind a no-break space", "10.0.0.1,80,web1\u00a0# new", 19},
      {"as a group", "10.0.0.1,80,#new", 13},
      {"with a comma", "10.0.0.1,80,web1,r1,,# new, and good", 22},
      {"behind the ports", "10.0.0.1,80 # the web", 13},
      {"behind the address", "10.0.0.1 # web1", 10},
      {"behind a label", "10.0.0.1,80,web1,r1 # left", 21},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(error_of("address,ports,group,rack,note\n" + std::string(each.row) + "\n"),
              fmt::format("fleet:2:{}: {}", each.column, fix))
        << each.description;
  }
  EXPECT_THAT(lines_of(load("address,group,rack,note\n10.0.0.1,web#1,\"r #1\",see # 12\n").table),
              ElementsAre("web#1 10.0.0.1 80 open rack=r #1"));
}

TEST(InventoryNames, ThatHoldAHashAreQuotedByAnImport) {
  EXPECT_EQ(csv_text("r #1"), "\"r #1\"");
  EXPECT_EQ(csv_text("r1"), "r1");
}

TEST(LookAlikes, AreNamesThatDifferInCaseDashesOrBlanks) {
  const auto fleet = load(
      "address,group,parent\n10.0.0.1,web-1,r1\n10.0.0.2,Web-1,R1\n10.0.0.3,web_1,r2\n"
      "10.0.0.4,web\u20111,r2\n10.0.0.5,web1,r2\n10.0.0.6,web 2,r2\n10.0.0.7,web-2,r2\n");
  const auto found = look_alikes(fleet.table);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(found[0].names, ElementsAre("Web-1", "web-1", "web_1", "web\u20111"));
  EXPECT_THAT(found[1].names, ElementsAre("web 2", "web-2"));
  EXPECT_EQ(found[2].what, "parents");
  EXPECT_THAT(found[2].names, ElementsAre("R1", "r1"));
  EXPECT_THAT(look_alikes(load("address,group\n10.0.0.1,web1-11\n10.0.0.2,web11-1\n").table),
              IsEmpty());
}

}  // namespace
}  // namespace rollcall::inventory
