#include "engine/base/text/printable.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

using namespace std::string_view_literals;

struct TextCase {
  const char* description;
  std::string_view text;
  std::string_view expected;
};

constexpr TextCase kPrintable[] = {
    {"nothing", "", ""},
    {"plain text", "web42.example.net", "web42.example.net"},
    {"other scripts", "Zürich-東京-😀", "Zürich-東京-😀"},
    {"an escape sequence", "\x1b[2J", "\\x1b[2J"},
    {"line ends and NUL", "a\r\n\t\0b"sv, "a\\x0d\\x0a\\x09\\x00b"},
    {"DEL", "\x7f", "\\x7f"},
    {"a C1 control: CSI", "\u009b2J", "\\xc2\\x9b2J"},
    {"a reversed reading order", "\u202e", "\\xe2\\x80\\xae"},
    {"an invisible space", "\u200b", "\\xe2\\x80\\x8b"},
    {"a line separator", "\u2028", "\\xe2\\x80\\xa8"},
    {"a bare continuation byte", "\x80", "\\x80"},
    {"a sequence cut short at the end", "a\xe6\x9d", "a\\xe6\\x9d"},
    {"a sequence cut short by ASCII",
     "\xe6\x9d"
     "a",
     "\\xe6\\x9d"
     "a"},
    {"an overlong NUL", "\xc0\x80", "\\xc0\\x80"},
    {"an overlong slash in three bytes", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    {"bytes that never begin a sequence", "\xf8\xff", "\\xf8\\xff"},
};

TEST(Printable, KeepsWhatIsSafeAndEscapesTheRest) {
  for (const TextCase& test : kPrintable) {
    EXPECT_EQ(printable(test.text), test.expected) << test.description;
  }
}

constexpr TextCase kFields[] = {
    {"nothing", "", ""},
    {"plain text", "web 42", "web 42"},
    {"a comma", "a,b", "\"a,b\""},
    {"a quote", "a\"b", "\"a\"\"b\""},
    {"a formula", "=1+1", "'=1+1"},
    {"a formula that needs quotes", "=A(1,2)", "\"'=A(1,2)\""},
    {"an address that a spreadsheet would compute", "-1", "'-1"},
    {"a line end", "a\nb", "a\\x0ab"},
};

TEST(CsvField, IsQuotedWhereNeededAndNeverAFormula) {
  for (const TextCase& test : kFields) {
    EXPECT_EQ(csv_field(test.text), test.expected) << test.description;
  }
}

}  // namespace
}  // namespace rollcall
