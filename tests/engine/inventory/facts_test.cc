// Parents and notes: what lines, labels and a notes file say of a whole group.
#include <gmock/gmock.h>

#include <string_view>

#include "engine/inventory/parse/notes.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::HasSubstr;

TEST(GroupFacts, OneLineSaysThemForTheWholeGroup) {
  const auto fleet = load(
      "address,group,parent,note,rack\n10.0.0.1,web1,,,a\n10.0.0.2,web1,site-b,\"ask, first\"\n"
      "10.0.0.3,web2,,\n");
  ASSERT_EQ(fleet.table.groups().size(), 2u);
  EXPECT_EQ(fleet.table.groups()[0].parent, "site-b");
  EXPECT_EQ(fleet.table.groups()[0].note, "ask, first");
  EXPECT_EQ(fleet.table.groups()[1].parent, "");
  EXPECT_EQ(fleet.table.groups()[1].note, "");
}

TEST(GroupFacts, AreNoLabels) {
  EXPECT_THAT(lines_of(load("address,group,parent,note\n10.0.0.1,web1,p,n\n").table),
              testing::ElementsAre("web1 10.0.0.1 80 open"));
}

TEST(GroupFacts, OfAnImpliedGroupBelongToEachOfItsPrefixes) {
  const auto fleet = load("address,parent\n10.0.0.255-10.0.1.0,p\n");
  ASSERT_EQ(fleet.table.groups().size(), 2u);
  for (const Group& group : fleet.table.groups()) EXPECT_EQ(group.parent, "p") << group.name;
}

TEST(GroupFacts, StayWithTheirGroupWhenOthersAreDropped) {
  LoadRequest request = with_port_80();
  request.only_groups = {"web3"};
  const auto fleet =
      load("address,group,parent\n10.0.0.1,web1,a\n10.0.0.2,web2,b\n10.0.0.3,web3,c\n", request);
  ASSERT_EQ(fleet.table.groups().size(), 1u);
  EXPECT_EQ(fleet.table.groups()[0].parent, "c");
}

TEST(GroupFacts, ThatContradictNameBothPlaces) {
  EXPECT_EQ(error_of("address,group,parent\n10.0.0.1,web1,a\n10.0.0.2,web1,\n 10.0.0.3,web1,b\n"),
            "fleet:4:2: group 'web1' has another parent here than at fleet:2:1; keep one of the "
            "two");
  EXPECT_EQ(error_of("address,group,note\n10.0.0.1,web1,a\n10.0.0.2,web1,b\n"),
            "fleet:3:1: group 'web1' has another note here than at fleet:2:1; keep one of the two");
}

TEST(GroupFacts, ComeFromLabelsOfFileSdToo) {
  const auto fleet = load(
      R"([{"targets":["10.0.0.1:80"],"labels":{"group":"web1","parent":"p","note":"n","job":"x"}}])");
  EXPECT_EQ(fleet.table.groups()[0].parent, "p");
  EXPECT_EQ(fleet.table.groups()[0].note, "n");
  EXPECT_THAT(lines_of(fleet.table), testing::ElementsAre("web1 10.0.0.1 80 open job=x"));
  EXPECT_THAT(error_of(R"([{"targets":[],"labels":{"parent":"p","parent":"q"}}])"),
              HasSubstr("label 'parent' appears twice"));
}

TEST(GroupFacts, AMisspeltParentIsNoLabel) {
  EXPECT_THAT(error_of("address,parnet\n10.0.0.1,a\n"), HasSubstr("did you mean 'parent'?"));
}

Result<Notes> notes_in(std::string_view text) {
  TextSource bytes(text);
  return read_notes("notes", bytes);
}

TEST(GroupNotes, AreReadWithCommentsContinuationsAndCarriageReturns) {
  const auto notes = notes_in(
      "\xef\xbb\xbf# all\r\n\r\nweb42: run ipaliases twice,\r\n  # not part of it\r\n\tthe first "
      "stops\r\n\n2001:db8::/64: a prefix: too\nweb43:\n  on the next line\n");
  ASSERT_TRUE(notes) << notes.error().to_string();
  EXPECT_EQ(*notes, (Notes{{"web42", "run ipaliases twice, the first stops"},
                           {"2001:db8::/64", "a prefix: too"},
                           {"web43", "on the next line"}}));
}

TEST(GroupNotes, WithAFlawNameItsPlace) {
  struct Case {
    std::string_view description;
    std::string text;
    std::string_view error;
  };
  const Case cases[] = {
      {"no colon", "web1: a\nweb2 b\n", "notes:2:1: no note; write GROUP: TEXT"},
      {"no name", ": text\n", "notes:1:1: the group name is empty"},
      {"twice", "web1: a\n\nweb1: b\n", "notes:3:1: group 'web1' has a note already, on line 1"},
      {"nothing to continue", "  text\n", "notes:1:3: a continuation of no note"},
      {"no text, then another", "web1:\nweb2: b\n", "notes:1:1: the note has no text"},
      {"no text at the end", "web1: \n", "notes:1:1: the note has no text"},
      {"control character", "web1: a\x1b[2J\n", "notes:1:8: control character \\x1b"},
      {"too long", "web1: a\n " + std::string(kNoteBytesMax, 'x'), "notes:2:2: the note is longer"},
  };
  for (const Case& each : cases) {
    const auto notes = notes_in(each.text);
    ASSERT_FALSE(notes) << each.description;
    EXPECT_THAT(notes.error().to_string(), HasSubstr(each.error)) << each.description;
  }
}

TEST(GroupNotes, OfTheFileOutweighThoseOfTheInventoryAndUnknownGroupsAreFine) {
  std::vector<Group> groups{{.name = "web1", .note = "old"}, {.name = "web2", .note = "kept"}};
  apply_notes({{"web1", "new"}, {"web9", "elsewhere"}}, groups);
  EXPECT_EQ(groups[0].note, "new");
  EXPECT_EQ(groups[1].note, "kept");
}

TEST(GroupNotes, AMissingFileIsAnErrorThatSaysWhatItWasFor) {
  LoadRequest request = with_port_80();
  request.targets = {"10.0.0.1"};
  request.notes_file = "/nonexistent/notes";
  const auto fleet = load_inventory(request);
  ASSERT_FALSE(fleet);
  EXPECT_THAT(fleet.error().to_string(),
              testing::AllOf(HasSubstr("notes: /nonexistent/notes"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace rollcall::inventory
