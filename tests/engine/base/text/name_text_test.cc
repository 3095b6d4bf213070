#include "engine/base/text/name_text.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"

namespace rollcall {
namespace {

TEST(NameText, NamesThatLookTheSameBecomeTheSame) {
  struct Case {
    std::string_view description;
    std::string_view given;
    std::string_view normal;
  };
  const Case cases[] = {
      {"plain", "web01", "web01"},
      {"empty", "", ""},
      {"a space inside", "web 01", "web 01"},
      {"spaces and tabs around and inside", " \tweb  \t01 ", "web 01"},
      {"a no-break space behind", "web01\u00a0", "web01"},
      {"a no-break space inside", "web\u00a001", "web 01"},
      {"an ideographic space", "\u3000web\u300001", "web 01"},
      {"thin and figure spaces", "web\u2009\u200701", "web 01"},
      {"a braille blank", "web01\u2800", "web01"},
      {"a line separator", "web01\u2028", "web01"},
      {"a zero-width space inside", "web\u200b01", "web01"},
      {"a byte order mark inside", "\ufeffweb01", "web01"},
      {"a soft hyphen and a word joiner", "we\u00adb\u206001", "web01"},
      {"directional marks of a chat program", "\u202aweb01\u202c", "web01"},
      {"blanks on both sides of a zero-width space", "web \u200b 01", "web 01"},
      {"NFD", "cafe\u0301", "caf\u00e9"},
      {"NFC", "caf\u00e9", "caf\u00e9"},
      {"two marks in the other order", "a\u0301\u0323", "\u1ea1\u0301"},
      {"conjoining jamo", "\u1112\u1161\u11ab", "\ud55c"},
      {"the Angstrom sign", "\u212b", "\u00c5"},
      {"nothing to be seen", "\u200b\u00a0\u2060", ""},
      {"letters of another width stay", "\uff57eb", "\uff57eb"},
      {"no UTF-8", "web\xff ", "web\xff"},
      {"UTF-8 cut short", "web\xc2", "web\xc2"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(normal_name(each.given), each.normal) << each.description;
    EXPECT_EQ(normal_name(each.normal), each.normal) << each.description << ", once more";
  }
}

TEST(NameText, TrimsBlanksOfAnyScriptAtTheEndsAlone) {
  EXPECT_EQ(trimmed(" \t10.0.0.1\u00a0"), "10.0.0.1");
  EXPECT_EQ(trimmed("\ufeff\u3000a\u00a0b\u200b "), "a\u00a0b");
  EXPECT_EQ(trimmed("caf\u00e9\u2003"), "caf\u00e9");
  EXPECT_EQ(trimmed("\u00a0\u200b"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\xa0web\xa0"), "\xa0web\xa0");  // Latin-1: text_diagnostic() refuses it
}

TEST(NameText, KeysAreEqualForLookAlikesAndForThoseAlone) {
  const std::string web = look_alike_key("web-01");
  for (const char* alike :
       {"WEB-01", "Web\u201101", "web\u201301", "web_01", "web 01", "web\u00a001",
        "\uff57\uff45\uff42-01", "web\u221201", "we\u00adb--01"}) {
    EXPECT_EQ(look_alike_key(alike), web) << alike;
  }
  for (const char* other : {"web01", "web-1", "web-010", "wcb-01", "web.01", "web-01a"}) {
    EXPECT_NE(look_alike_key(other), web) << other;
  }
  EXPECT_EQ(look_alike_key("STRASSE"), look_alike_key("stra\u00dfe"));
}

// Normalised once is normalised for good.
TEST(NameText, NormalisingTwiceChangesNothing) {
  const std::uint64_t seed = 34;
  Random random(seed);
  const std::string_view pieces[] = {"a",      "e",      "\u0301", "\u0323", "\u00a0",
                                     "\u200b", " ",      "\u1112", "\u1161", "\u11ab",
                                     "\u2800", "\u212b", "_"};
  for (int i = 0; i < 20'000; ++i) {
    std::string name;
    for (std::uint64_t n = random.below(9); n > 0; --n) {
      name += pieces[random.below(std::size(pieces))];
    }
    const std::string once = normal_name(name);
    ASSERT_EQ(normal_name(once), once) << "seed " << seed << ", round " << i;
    ASSERT_EQ(trimmed(once), once) << "seed " << seed << ", round " << i;
  }
}

}  // namespace
}  // namespace rollcall
