#include "cli/service/process/log.h"

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

constexpr int kTooMany = 20'000;  // lines, for pipe and queue together

TEST(Log, DropsAndCountsWhatNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const SystemClock clock;
  const Log log({.format = LogFormat::kText, .level = LogLevel::kInfo}, clock, writer.get());
  for (int i = 0; i < kTooMany; ++i)
    log.info("a line", {{"i", std::to_string(i)}});  // never blocks
  EXPECT_TRUE(log.is_unread());
  // Read until there is room for another line, then to the end.
  std::string text;
  const auto read_some = [&] {
    std::array<char, 65536> buffer{};
    const auto count = ::read(reader.get(), buffer.data(), buffer.size());
    ASSERT_GT(count, 0);
    text.append(buffer.data(), static_cast<std::size_t>(count));
  };
  while (text.size() < std::size_t{128} << 10) read_some();
  log.info("after");
  while (!text.ends_with("msg=after\n")) read_some();
  const std::string end = text.substr(text.size() - 300);
  EXPECT_THAT(end, ::testing::ContainsRegex("lines were dropped.* lines=[0-9]+\n.*msg=after\n"));
  EXPECT_FALSE(log.is_unread());
}

TEST(Log, DoesNotWaitAtItsEndForAReaderThatDoesNotCome) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const SystemClock clock;
  const auto began = std::chrono::steady_clock::now();
  {
    const Log log({.format = LogFormat::kText, .level = LogLevel::kInfo}, clock, writer.get());
    for (int i = 0; i < kTooMany; ++i) log.info("a line", {{"i", std::to_string(i)}});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace rollcall::cli
