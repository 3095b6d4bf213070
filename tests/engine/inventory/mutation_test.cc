#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

const std::vector<std::string>& good_texts() {
  static const std::vector<std::string> texts{
      "address,ports,group,expect,rack\n10.0.42.1-10.0.42.9,80;443,web42,open,r1\n"
      "10.0.43.7,22,web43,bound,\n\"2001:db8:42::/120\",\"443,8000-8003\",web42,,\"a \"\"b\"\"\"\n",
      "# fleet\n10.0.0.1\n10.0.0.0/28:22\n[2001:db8::1]:443\n10.0.1.1-10.0.1.9 # nine\n",
      "[{\"targets\":[\"10.0.42.1:80\",\"[2001:db8::1]:443\"],\"labels\":{\"group\":\"web42\","
      "\"expect\":\"bound\",\"rack\":\"r\\u00e4\"}},\n {\"targets\":[\"10.0.43.0/29\"]}]",
  };
  return texts;
}

std::string mutated(Random& random) {
  static constexpr std::string_view kPieces[] = {"0",
                                                 "/",
                                                 "-",
                                                 ":",
                                                 "[",
                                                 "]",
                                                 "{",
                                                 "}",
                                                 "\"",
                                                 ",",
                                                 ";",
                                                 "\n",
                                                 "\r\n",
                                                 "\0",
                                                 "\t",
                                                 "#",
                                                 ".",
                                                 "9",
                                                 "f",
                                                 "::",
                                                 "\\",
                                                 "\xff",
                                                 "\xef\xbb\xbf",
                                                 "address",
                                                 "65536"};
  const auto& texts = good_texts();
  std::string text = texts[random.below(static_cast<std::uint32_t>(texts.size()))];
  for (std::uint32_t edits = 1 + random.below(4); edits > 0; --edits) {
    const std::size_t at = random.below(static_cast<std::uint32_t>(text.size()) + 1);
    switch (random.below(5)) {
      case 0:
        text.erase(at, 1 + random.below(8));
        break;
      case 1:
        text.insert(at, kPieces[random.below(std::size(kPieces))]);
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(random()));
        break;
      case 3:
        text.insert(at, text.substr(at / 2, random.below(30)));
        break;
      default:
        text.resize(at);
        break;
    }
    if (text.empty()) text = "[";
  }
  return text;
}

TEST(InventoryMutations, EitherLoadOrGiveAnErrorWithAPlace) {
  const std::regex with_place("fleet:[0-9]+:[0-9]+: [\\x20-\\x7e]+");
  LoadRequest request = with_port_80();
  request.targets_max = 10000;
  int loaded = 0;
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    const std::string text = mutated(random);
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto inventory = load_text("fleet", text, request);
    if (inventory) {
      ++loaded;
      const TargetTable& table = inventory->table;
      ASSERT_GT(table.size(), 0u);
      ASSERT_EQ(table.find(table[{0}].address, table[{0}].port), TargetIndex{0});
      continue;
    }
    ++refused;
    const std::string& error = inventory.error().context;
    ASSERT_TRUE(std::regex_match(error, with_place) || error.starts_with("no targets in fleet"))
        << error;
  }
  // Both ways were exercised.
  EXPECT_GT(loaded, 200);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace rollcall::inventory
