// One run that names every diagnostic: LoadRequest::diagnostics_max above 1.
#include <gmock/gmock.h>

#include <string>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::HasSubstr;

LoadRequest naming(std::size_t diagnostics_max) {
  LoadRequest request = with_port_80();
  request.diagnostics_max = diagnostics_max;
  return request;
}

TEST(AllDiagnostics, OfACsvAreNamedWithTheirPlacesInOrder) {
  EXPECT_EQ(error_of("address,ports,group\n"
                     "10.0.0.300,80,web1\n"
                     "10.0.0.1,80,web1\n"
                     "10.0.0.2,8O,web1\n"
                     "10.0.0.3,80,\"web1\n"
                     "127.0.0.1,80,web1\n",
                     naming(20)),
            "fleet:2:1: '10.0.0.300' is not an IP address; write one like 192.0.2.1 (names are "
            "not resolved)\n"
            "fleet:4:10: '8O' is not a port; ports are numbers from 1 to 65535\n"
            "fleet:5:13: the quote is not closed on this line; close it, or double it "
            "inside a field\n"
            "fleet:6:1: 127.0.0.1 is loopback, where no probe may go; remove it");
}

TEST(AllDiagnostics, OfAPlainListAreNamedToo) {
  const std::string error = error_of("10.0.0.1\n10.0.0.x\n10.0.0.2 10.0.0.3\n", naming(20));
  EXPECT_THAT(error, HasSubstr("fleet:2:1: "));
  EXPECT_THAT(error, HasSubstr("\nfleet:3:9: "));
}

TEST(AllDiagnostics, OfJsonAreNamedWhereItsShapeIsRight) {
  const std::string error = error_of(R"([{"targets":["10.0.0.x","10.0.0.1:0","10.0.0.1"]},
{"targets":["10.0.0.2"],"labels":{"expect":"shut"}},
{"targets":["127.0.0.1"]},
{"targets":7}])",
                                     naming(20));
  EXPECT_THAT(error, HasSubstr("fleet:1:15: '10.0.0.x'"));
  EXPECT_THAT(error, HasSubstr("\nfleet:1:35: '0' is not a port"));
  EXPECT_THAT(error, HasSubstr("\nfleet:2:45: expect is 'shut'"));
  EXPECT_THAT(error, HasSubstr("\nfleet:3:14: 127.0.0.1 is loopback"));
  EXPECT_THAT(error, HasSubstr("\nand reading ended at fleet:4:"));
}

TEST(AllDiagnostics, AreCountedWhereTheyAreTooManyToName) {
  std::string text;
  for (int line = 0; line < 1000; ++line) text += "10.0.0.x\n";
  const std::string error = error_of(text, naming(3));
  EXPECT_THAT(error, HasSubstr("fleet:3:1: "));
  EXPECT_EQ(error.find("fleet:4:1: "), std::string::npos);
  EXPECT_THAT(error, testing::EndsWith("\nand 997 more"));
}

TEST(AllDiagnostics, EndAtWhatLeavesNothingToReadOn) {
  EXPECT_THAT(error_of("10.0.0.x\n10.0.0.\x01\n10.0.0.y\n", naming(20)),
              testing::AllOf(HasSubstr("fleet:1:1: "),
                             testing::ContainsRegex("\nand reading ended at fleet:2:8: [^\n]*$")));
  EXPECT_THAT(error_of("address,addres\n10.0.0.x,\n", naming(20)),
              testing::AllOf(testing::StartsWith("fleet:1:"), testing::Not(HasSubstr("\n"))));
}

TEST(AllDiagnostics, ChangeNothingForAnInventoryWithoutAny) {
  EXPECT_EQ(lines_of(load("10.0.0.1\n10.0.0.2\n", naming(20)).table),
            lines_of(load("10.0.0.1\n10.0.0.2\n").table));
}

}  // namespace
}  // namespace rollcall::inventory
