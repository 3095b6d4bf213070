#include <gmock/gmock.h>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

CanaryAddress canary(std::string_view text, CanaryKind kind = CanaryKind::kUp) {
  auto parsed = parse_canary(text, kind);
  if (!parsed) throw std::runtime_error(parsed.error().to_string());
  return *parsed;
}

// "ADDRESS KIND ROW" of each canary.
std::vector<std::string> canaries_of(const TargetTable& table) {
  static constexpr std::string_view kKinds[] = {"up", "closed", "unused", "candidate"};
  std::vector<std::string> lines;
  for (const Canary& one : table.canaries()) {
    lines.push_back(fmt::format("{} {} {}", table[one.target].address.to_string(),
                                kKinds[static_cast<std::size_t>(one.kind)], one.target.value));
  }
  return lines;
}

TEST(TableWithCanaries, KeepsThemBehindTheFleetAndOutOfItsCounts) {
  LoadRequest request = with_port_80();
  request.canaries = {canary("192.0.2.1:22"), canary("[2001:db8::1]:443", CanaryKind::kUnused)};
  const TargetTable table = load("10.0.0.1\n10.0.0.2\n10.0.1.1\n", request).table;
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.addresses(), 3u);
  EXPECT_THAT(table.rows(), SizeIs(3));
  EXPECT_THAT(table.groups(), SizeIs(2));
  EXPECT_EQ(table.size_with_canaries(), 5u);
  EXPECT_THAT(canaries_of(table), ElementsAre("192.0.2.1 up 3", "2001:db8::1 unused 4"));
  for (std::uint32_t row = 0; row < 5; ++row) {
    EXPECT_EQ(table.find(table[{row}].address, table[{row}].port), TargetIndex{row});
    EXPECT_EQ(table[{row}].group.value == 2, row >= 3) << "a position behind the last group";
  }
}

TEST(TableWithCanaries, SharesTheRowOfACanaryThatIsATargetToo) {
  LoadRequest request = with_port_80();
  request.canaries = {canary("10.0.0.2:80"), canary("10.0.0.2:81", CanaryKind::kClosed)};
  const TargetTable table = load("10.0.0.1\n10.0.0.2\n", request).table;
  EXPECT_EQ(table.size_with_canaries(), 3u);
  EXPECT_THAT(canaries_of(table), ElementsAre("10.0.0.2 up 1", "10.0.0.2 closed 2"));
}

TEST(TableWithCanaries, GivesOneRowToACanaryThatIsNamedTwice) {
  LoadRequest request = with_port_80();
  request.canaries = {canary("192.0.2.1:22"), canary("192.0.2.1:22", CanaryKind::kUnused)};
  const TargetTable table = load("10.0.0.1\n", request).table;
  EXPECT_EQ(table.size_with_canaries(), 2u);
  EXPECT_THAT(canaries_of(table), ElementsAre("192.0.2.1 up 1", "192.0.2.1 unused 1"));
}

TEST(TableWithCanaries, TakesOneTargetOfEachOtherGroupAlongAsACandidate) {
  LoadRequest request = with_port_80();
  request.only_groups = {"10.0.1.0/24"};
  const TargetTable table =
      load("10.0.0.1\n10.0.0.2\n10.0.1.1\n10.0.1.2\n10.0.2.7\n", request).table;
  EXPECT_EQ(table.size(), 2u);
  EXPECT_THAT(table.groups(), SizeIs(1));
  EXPECT_THAT(canaries_of(table), ElementsAre("10.0.0.1 candidate 2", "10.0.2.7 candidate 3"));
}

TEST(TableWithCanaries, TakesNoMoreCandidatesThanAreOfUse) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("10.0.{}.1\n", i);
  LoadRequest request = with_port_80();
  request.only_groups = {"10.0.50.0/24"};
  EXPECT_THAT(load(text, request).table.canaries(), SizeIs(16));
}

TEST(TableWithCanaries, TakesNoCandidatesWhereNobodyWasChosenOrTheyAreExcluded) {
  LoadRequest request = with_port_80();
  EXPECT_THAT(load("10.0.0.1\n10.0.1.1\n", request).table.canaries(), IsEmpty());
  request.only_groups = {"10.0.1.0/24"};
  request.exclude = {range_of_prefix(address("10.0.0.0"), 24)};
  EXPECT_THAT(load("10.0.0.1\n10.0.1.1\n", request).table.canaries(), IsEmpty());
}

TEST(TableWithCanaries, RefusesACanaryThatIsExcluded) {
  LoadRequest request = with_port_80();
  request.canaries = {canary("192.0.2.1:22")};
  request.exclude = {range_of_prefix(address("192.0.2.0"), 24)};
  EXPECT_THAT(error_of("10.0.0.1\n", request), HasSubstr("the canary 192.0.2.1 is excluded"));
  request.exclude = {range_of_prefix(address("::"), 0)};  // the other family
  EXPECT_THAT(load("10.0.0.1\n", request).table.rows(), SizeIs(1));
}

TEST(TableWithCanaries, RefusesWhatIsOutsideOfTheScope) {
  LoadRequest request = with_port_80();
  request.canaries = {canary("192.0.2.1:22")};
  request.scope = Scope({range_of_prefix(address("10.0.0.0"), 8)});
  EXPECT_THAT(error_of("10.0.0.1\n", request), HasSubstr("the canary 192.0.2.1 is outside"));
  request.canaries.clear();
  EXPECT_THAT(load("10.0.0.1\n", request).table.rows(), SizeIs(1));
  EXPECT_THAT(error_of("10.0.0.1\n11.0.0.1\n", request),
              testing::AllOf(HasSubstr(":2:1: 11.0.0.1 is outside"), HasSubstr("scope.allow")));
  EXPECT_THAT(error_of("10.255.255.0-11.0.0.5\n", request), HasSubstr("is outside"));
  EXPECT_THAT(error_of("2001:db8::1\n", request), HasSubstr("is outside"));
}

TEST(ParseCanary, TakesOneAddressWithItsPort) {
  const CanaryAddress v4 = canary("192.0.2.1:22", CanaryKind::kClosed);
  EXPECT_EQ(v4.address, address("192.0.2.1"));
  EXPECT_EQ(v4.port, Port{22});
  EXPECT_EQ(v4.kind, CanaryKind::kClosed);
  EXPECT_EQ(canary("[2001:db8::1]:443").address, address("2001:db8::1"));
}

TEST(ParseCanary, RefusesWhatIsNoneAndSaysWhatOneIs) {
  const struct {
    const char* text;
    const char* expected;
  } kCases[] = {
      {"", "the address is empty"},
      {"192.0.2.1", "is not ADDRESS:PORT; a canary is one address with its port"},
      {"192.0.2.1:", "the port is empty"},
      {"192.0.2.1:0", "'0' is not a port"},
      {"192.0.2.0/30:80", "is not ADDRESS:PORT"},
      {"192.0.2.1-192.0.2.2:80", "is not ADDRESS:PORT"},
      {"0.0.0.0/0:80", "is not ADDRESS:PORT"},
      {"[::/0]:80", "is not ADDRESS:PORT"},
      {"gateway:80", "'gateway' is not an IP address"},
      {"2001:db8::1", "is not ADDRESS:PORT"},
      {"127.0.0.1:80", "may not be asked"},
      {"224.0.0.1:80", "may not be asked"},
      {"[::1]:80", "may not be asked"},
  };
  for (const auto& c : kCases) {
    const auto parsed = parse_canary(c.text, CanaryKind::kUp);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInput) << c.text;
    EXPECT_THAT(parsed.error().context, HasSubstr(c.expected)) << c.text;
  }
}

}  // namespace
}  // namespace rollcall::inventory
