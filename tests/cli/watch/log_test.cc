#include "cli/watch/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>

#include "engine/base/fd.h"

namespace rollcall::cli {
namespace {

using namespace std::string_literals;

constexpr WallTime kMorning{std::chrono::milliseconds(1'767'600'000'123)};

std::string line(LogFormat format, const std::string& value) {
  return log_line(format, kMorning, LogLevel::kInfo, "a word", {{"key", value}});
}

struct ValueCase {
  const char* description;
  std::string value;
  std::string logfmt;
};
const ValueCase kValues[] = {
    {"a plain word", "web42", "web42"},
    {"nothing", "", R"("")"},
    {"blanks", "a b", R"("a b")"},
    {"what would look like another field", "a b=c", R"("a b=c")"},
    {"quotes and backslashes", R"(a "b" \n)", R"("a \"b\" \\n")"},
    {"a line's end", "a\nts=0 level=error", R"("a\x0ats=0 level=error")"},
    {"an escape sequence", "\x1b[2J", R"("\x1b[2J")"},
    {"NUL", "a\0b"s, R"("a\x00b")"},
    {"what is no UTF-8", "\xff", R"("\xff")"},
    {"a reversed reading order", "\u202e", R"("\xe2\x80\xae")"},
};

TEST(LogLine, ShowsAValueAsItIsUnlessItCouldMislead) {
  for (const ValueCase& c : kValues) {
    EXPECT_EQ(line(LogFormat::kText, c.value),
              "ts=2026-01-05T08:00:00.123Z level=info msg=\"a word\" key=" + c.logfmt)
        << c.description;
  }
}

TEST(LogLine, IsAsciiJsonOnOneLineWhateverTheValue) {
  for (const ValueCase& c : kValues) {
    const std::string text = line(LogFormat::kJson, c.value);
    for (const char byte : text) {
      EXPECT_TRUE(byte >= ' ' && byte < 0x7f) << c.description << ": " << text;
    }
    const auto parsed = nlohmann::json::parse(text);
    EXPECT_EQ(parsed.at("level"), "info");
    if (c.value != "\xff") {
      EXPECT_EQ(parsed.at("key"), c.value) << c.description;
    }
  }
}

TEST(Log, DropsAndCountsWhatNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const SystemClock clock;
  const Log log({.format = LogFormat::kText, .level = LogLevel::kInfo}, clock, writer.get());
  for (int i = 0; i < 5000; ++i) log.info("a line", {{"i", std::to_string(i)}});  // never blocks
  std::string text(1 << 20, '\0');
  ASSERT_GT(::read(reader.get(), text.data(), text.size()), 0);
  log.info("after");
  const auto count = ::read(reader.get(), text.data(), text.size());
  ASSERT_GT(count, 0);
  text.resize(static_cast<std::size_t>(count));
  EXPECT_THAT(text, ::testing::ContainsRegex("lines were dropped.* lines=[0-9]+\n.*msg=after\n"));
}

}  // namespace
}  // namespace rollcall::cli
