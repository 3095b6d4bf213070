#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "engine/inventory/text/json_cursor.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct BadDocument {
  std::string_view description;
  std::string text;
  std::string_view place;
  std::string_view what;
};

void expect_each_refused(const std::vector<BadDocument>& cases) {
  for (const BadDocument& bad : cases) {
    SCOPED_TRACE(bad.description);
    const auto inventory = load_text("sd.json", bad.text, with_port_80());
    ASSERT_FALSE(inventory.has_value());
    EXPECT_EQ(inventory.error().code, ErrorCode::kInput);
    EXPECT_THAT(inventory.error().context, StartsWith(std::string(bad.place) + ": "));
    EXPECT_THAT(inventory.error().context, HasSubstr(std::string(bad.what)));
  }
}

TEST(JsonInventoryErrors, OfSyntaxNameLineAndColumn) {
  expect_each_refused({
      {"cut short", "[{\"targets\":[\"10.0.0.1\"", "sd.json:1:23", "not valid JSON"},
      {"missing comma", "[\n {\"targets\":[\"10.0.0.1\" \"10.0.0.2\"]}]", "sd.json:2:34",
       "not valid JSON"},
      {"text after the end", "[]\nx", "sd.json:2:1", "not valid JSON"},
      {"raw control byte", "[{\"targets\":[\"\x01\"]}]", "sd.json:1:15", "control character"},
      {"invalid UTF-8", "[{\"targets\":[\"\xff\"]}]", "sd.json:1:15", "not valid JSON"},
      {"trailing comma", "[{\"targets\":[\"10.0.0.1\",]}]", "sd.json:1:25", "not valid JSON"},
      {"number beyond all bounds", "[{\"targets\":[1e999]}]", "sd.json:1:19", "not valid JSON"},
      {"a bracket alone", "[", "sd.json:1:1", "not valid JSON"},
  });
}

TEST(JsonInventoryErrors, OfShapeNameTheElement) {
  const std::string good = R"({"targets":["10.0.0.1"]})";
  expect_each_refused({
      {"object at the top", "{\"targets\":[]}", "sd.json:1:1", "file_sd is an array"},
      {"string element", "[" + good + ",\n\"x\"]", "sd.json:2:3", "element 2: is a string"},
      {"null element", "[null]", "sd.json:1:5", "element 1: is null"},
      {"array element", "[[]]", "sd.json:1:2", "element 1: is an array"},
      {"no targets", "[{\"labels\":{}}]", "sd.json:1:14", "element 1: has no 'targets'"},
      {"targets a string", R"([{"targets":"10.0.0.1"}])", "sd.json:1:22",
       "element 1: 'targets' is a string; write an array of strings"},
      {"labels a number", R"([{"targets":[],"labels":4}])", "sd.json:1:26", "'labels' is a number"},
      {"number among targets", R"([{"targets":[true]}])", "sd.json:1:17", "a target is a boolean"},
      {"array among targets", R"([{"targets":[[]]}])", "sd.json:1:14", "a target is an array"},
      {"object as a label", R"([{"targets":[],"labels":{"a":{}}}])", "sd.json:1:30",
       "label 'a' is an object"},
      {"number as a label", R"([{"targets":[],"labels":{"a":1.5 }}])", "sd.json:1:33",
       "label 'a' is a number; write a string"},
      {"unknown key", R"([{"target":["10.0.0.1"]}])", "sd.json:1:4", "unknown key 'target'"},
      {"targets twice", R"([{"targets":[],"targets":[]}])", "sd.json:1:17", "appears twice"},
      {"label twice", R"([{"targets":[],"labels":{"a":"1","a":"2"}}])", "sd.json:1:39",
       "label 'a' appears twice"},
      {"group twice", R"([{"targets":[],"labels":{"group":"a","group":"a"}}])", "sd.json:1:47",
       "label 'group' appears twice"},
      {"label name", R"([{"targets":[],"labels":{"cost center":"1"}}])", "sd.json:1:27",
       "label name 'cost center'"},
  });
}

TEST(JsonInventoryErrors, OfTargetsAndLabelsPointIntoTheString) {
  expect_each_refused({
      {"bad address", "[{\"targets\":[\n  \"10.0.0.1\",\n  \"10.0.0.300\"]}]", "sd.json:3:4",
       "'10.0.0.300' is not an IP address"},
      {"bad port", R"([{"targets":["10.0.0.1:0"]}])", "sd.json:1:24", "'0' is not a port"},
      {"empty group", R"([{"targets":[],"labels":{"group":""}}])", "sd.json:1:35", "is empty"},
      {"escape sequence in a group", R"([{"targets":[],"labels":{"group":"a\u001b"}}])",
       "sd.json:1:36", "control character \\x1b"},
      {"NUL in a target", R"([{"targets":["\u0000"]}])", "sd.json:1:15", "control character \\x00"},
      {"expect", R"([{"targets":[],"labels":{"expect":"shut"}}])", "sd.json:1:36", "open or bound"},
      {"loopback", R"([{"targets":["127.0.0.1"]}])", "sd.json:1:15", "loopback"},
      {"a string without bound", "[{\"targets\":[\"" + std::string(1 << 20, '1') + "\"]}]",
       "sd.json:1:65550", "a string is longer than 65536 bytes"},
  });
}

TEST(JsonCursor, EndsADocumentThatIsTooLong) {
  const std::string text(1000000, ' ');
  TextSource source(text);
  TextInput input("sd.json", source);
  JsonCursor cursor(input, 500000);
  std::uint64_t passed = 0;
  for (; !cursor.at_end(); ++passed) cursor.advance();
  EXPECT_EQ(passed, 500001u);
  ASSERT_TRUE(cursor.error());
  EXPECT_EQ(cursor.error()->context,
            "sd.json:1:500001: the document is longer than 500000 bytes; split it");
}

TEST(JsonCursor, PassesEveryByteAcrossBuffers) {
  const std::string text(1000000, ' ');
  TextSource source(text);
  TextInput input("sd.json", source);
  JsonCursor cursor(input, 1000000);
  std::uint64_t passed = 0;
  for (; !cursor.at_end(); ++passed) cursor.advance();
  EXPECT_EQ(passed, 1000000u);
  EXPECT_FALSE(cursor.error());
}

}  // namespace
}  // namespace rollcall::inventory
