#include "engine/inventory/text/text_input.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/inventory/load.h"

namespace rollcall::inventory {
namespace {

// Gives at most `step` bytes a call, as a pipe does, and counts them.
class DribblingSource final : public ByteSource {
 public:
  DribblingSource(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min({step_, buffer.size(), text_.size() - given_});
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(given_), count, buffer.begin());
    given_ += count;
    return count;
  }
  std::size_t given() const { return given_; }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t given_ = 0;
};

class BrokenSource final : public ByteSource {
 public:
  Result<std::size_t> read(std::span<char>) override {
    return fail(ErrorCode::kInput, "pipe: cannot be read", EIO);
  }
};

TEST(LineReader, CutsLinesHoweverTheBytesArrive) {
  for (const std::size_t step : {1u, 2u, 3u, 1000u}) {
    SCOPED_TRACE(step);
    DribblingSource source("one\r\n\n# no\n  two\nthree", step);
    TextInput input("pipe", source);
    LineReader lines(input);
    EXPECT_EQ(lines.next().value(), "one");
    EXPECT_EQ(lines.line(), 1u);
    EXPECT_EQ(lines.next().value(), "  two");
    EXPECT_EQ(lines.line(), 4u);
    EXPECT_EQ(lines.next().value(), "three");
    EXPECT_EQ(lines.next().value(), std::nullopt);
    EXPECT_EQ(lines.next().value(), std::nullopt);
  }
}

TEST(LineReader, StopsReadingALineWithoutBound) {
  DribblingSource source(std::string(100 << 20, 'x'), 1 << 20);
  TextInput input("pipe", source);
  LineReader lines(input);
  const auto line = lines.next();
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().context, testing::StartsWith("pipe:1:65537: the line is longer"));
  EXPECT_LE(source.given(), 2 * kLineBytesMax);
}

TEST(LineReader, HandsOnAFailureOfTheSource) {
  BrokenSource source;
  TextInput input("pipe", source);
  LineReader lines(input);
  const auto line = lines.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().sys_errno, EIO);
}

}  // namespace
}  // namespace rollcall::inventory
