#include "cli/render/group_text.h"

#include <gmock/gmock.h>

#include "cli/render/name_ranges.h"
#include "engine/base/text/printable.h"
#include "tests/cli/render/sweep_fixture.h"

namespace rollcall::cli {
namespace {

using inventory::Expect;
using testing::EndsWith;
using testing::StartsWith;
using verdict::Fate;
using verdict::Fleet;

std::string line_of(const Fleet& fleet) {
  const inventory::TargetTable table = fleet.table();
  const auto report = verdict::judge_group(table, {0}, fleet.states());
  return printable(table.group({0}).name) + "  " + verdict_text(report.verdict) + "  " +
         group_details(table, report, fleet.states());
}

struct LineCase {
  const char* description;
  Fleet fleet;
  const char* expected;
};

Fleet web42() {
  return Fleet().group("web42");
}

const LineCase kLines[] = {
    {"up", web42().add("10.0.42.1", 254, Fate::kOpens), "web42  UP  254 of 254 answer"},
    {"a script that stopped half-way",
     web42().add("10.0.42.1", 217, Fate::kOpens).add("10.0.42.218", 37, Fate::kSilent),
     "web42  PARTIAL  217 of 254 answer; missing 10.0.42.218-10.0.42.254 (the last 37: nothing "
     "after .217 came up)"},
    {"down", web42().add("10.0.42.1", 254, Fate::kSilent),
     "web42  DOWN  0 of 254 answer; missing 10.0.42.1-10.0.42.254"},
    {"a port closed and a port silent on living addresses, and bound content with a refusal",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.2", {{80, Fate::kOpens}, {443, Fate::kSilent}})
         .add("10.0.42.3", 2, Fate::kRefuses, 22, Expect::kBound),
     "web42  SERVICE_DOWN  4 of 4 answer; port 443 closed on 10.0.42.1; port 443 silent on "
     "10.0.42.2 (port 443 wherever it is expected)"},
    {"a port closed and an address missing",
     web42()
         .add_ports("10.0.42.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
         .add_ports("10.0.42.2", {{80, Fate::kSilent}, {443, Fate::kSilent}}),
     "web42  PARTIAL  1 of 2 answer; missing 10.0.42.2 (1 address); port 443 closed on 10.0.42.1"},
    {"nothing known", web42().add("10.0.42.1", 2, Fate::kInterrupted),
     "web42  UNKNOWN  0 of 2 answer; unknown 10.0.42.1-10.0.42.2"},
    {"a hostile name", Fleet().group("\x1b[2Jweb\n42").add("10.0.42.1", 1, Fate::kOpens),
     "\\x1b[2Jweb\\x0a42  UP  1 of 1 answer"},
};

TEST(GroupLine, SaysWhatIsWrongAndWhereOnOneLine) {
  for (const LineCase& test : kLines) {
    EXPECT_EQ(line_of(test.fleet), test.expected) << test.description;
  }
}

TEST(MissingRanges, AreCutAtTheLengthAskedFor) {
  const Fleet fleet = web42()
                          .add("10.0.42.1", 2, Fate::kSilent)
                          .add("10.0.42.5", 1, Fate::kSilent)
                          .add("10.0.42.7", 1, Fate::kSilent)
                          .add("10.0.42.8", 1, Fate::kOpens);
  const auto report = verdict::judge_group(fleet.table(), {0}, fleet.states());
  EXPECT_EQ(missing_ranges_text(report), "10.0.42.1-10.0.42.2, 10.0.42.5, 10.0.42.7");
  EXPECT_EQ(missing_ranges_text(report, 3), "10.0.42.1-10.0.42.2, 10.0.42.5, 10.0.42.7");
  EXPECT_EQ(missing_ranges_text(report, 2), "10.0.42.1-10.0.42.2, 10.0.42.5 and 1 more range");
  EXPECT_EQ(missing_ranges_text(verdict::GroupReport{}), "");
}

TEST(NoteText, IsOneLineThatIsSafeAndBounded) {
  EXPECT_EQ(note_text("run ipaliases twice"), "run ipaliases twice");
  EXPECT_EQ(note_text("first\r\nsecond\nthird"), "first / second / third");
  EXPECT_EQ(note_text("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  const std::string full(kNoteBytesMax, 'x');
  EXPECT_EQ(note_text(full), full);
  EXPECT_EQ(note_text(full + "y"), full + " [...]");
}

TEST(NoteText, IsNeverCutWithinALetter) {
  for (std::size_t before = 0; before < 5; ++before) {
    std::string note(before, 'x');
    while (note.size() <= kNoteBytesMax) note += "\U0001F600";
    const std::string text = note_text(note);
    EXPECT_THAT(text, EndsWith("\U0001F600 [...]")) << before;
    EXPECT_LE(text.size(), kNoteBytesMax + 6) << before;
  }
  // Bytes that claim to continue a letter that never began.
  EXPECT_THAT(note_text(std::string(2 * kNoteBytesMax, '\x80')), StartsWith("\\x80"));
}

struct NamesCase {
  const char* description;
  std::vector<std::string_view> names;
  const char* expected;
};

const NamesCase kNames[] = {
    {"none", {}, ""},
    {"one", {"web01"}, "web01"},
    {"two neighbours", {"web01", "web02"}, "web01-web02"},
    {"with zeros in front", {"web08", "web09", "web10", "web11"}, "web08-web11"},
    {"without", {"web8", "web9", "web10", "web11"}, "web8-web11"},
    {"from 99 to 100", {"web99", "web100"}, "web99-web100"},
    {"zeros that change in number", {"web09", "web010"}, "web09, web010"},
    {"a domain behind the number",
     {"web1.example.net", "web2.example.net"},
     "web1.example.net-web2.example.net"},
    {"different domains",
     {"web1.example.net", "web2.example.org"},
     "web1.example.net, web2.example.org"},
    {"a gap", {"web1", "web2", "web4"}, "web1-web2, web4"},
    {"falling", {"web2", "web1"}, "web2, web1"},
    {"the same again", {"web1", "web1"}, "web1, web1"},
    {"names that hold a dash", {"rack7-web1", "rack7-web2"}, "rack7-web1 to rack7-web2"},
    {"another number counts on", {"r1w1", "r1w2", "r2w2"}, "r1w1-r1w2, r2w2"},
    {"two numbers change", {"r1w1", "r2w2"}, "r1w1, r2w2"},
    {"names of /24s", {"10.0.42.0/24", "10.0.43.0/24"}, "10.0.42.0/24-10.0.43.0/24"},
    {"no numbers", {"mail", "db"}, "mail, db"},
    {"one is the beginning of the other", {"web", "web1"}, "web, web1"},
    {"an empty name", {"", "1"}, ", 1"},
    {"numbers too long to count with",
     {"a9999999999", "a10000000000"},
     "a9999999999, a10000000000"},
    {"the longest that are counted with", {"a999999998", "a999999999"}, "a999999998-a999999999"},
    {"cut, and what is left counted in names",
     {"a", "b1", "b2", "c", "d1", "d2", "d3"},
     "a, b1-b2, c and 3 more"},
    {"hostile", {"\x1b[1", "\x1b[2"}, "\\x1b[1-\\x1b[2"},
};

TEST(NameRanges, JoinNeighboursThatDifferByOneInOneNumber) {
  for (const NamesCase& test : kNames) {
    EXPECT_EQ(name_ranges(test.names, 3), test.expected) << test.description;
  }
}

}  // namespace
}  // namespace rollcall::cli
