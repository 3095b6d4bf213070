#include "cli/options/usage_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/commands.h"

namespace rollcall::cli {
namespace {

std::string said_of(std::vector<std::string> words) {
  CLI::App app("", "rollcall");
  app.require_subcommand(1);
  Commands commands;
  add_sweep_command(app, commands);
  add_inventory_command(app, commands);
  std::ranges::reverse(words);
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return usage_text(app, error);
  }
  return "";
}

struct UsageCase {
  std::vector<std::string> words;
  const char* expected;
};

TEST(UsageText, NamesTheMistypedCommandAndTheHelpThatIsNear) {
  const UsageCase cases[] = {
      {{"swep"},
       "rollcall: unknown command 'swep'; did you mean 'sweep'?\nTry 'rollcall --help'.\n"},
      {{"help"}, "rollcall: unknown command 'help'\nTry 'rollcall --help'.\n"},
      {{"inventory", "chek", "fleet.csv"},
       "rollcall: unknown command 'chek'; did you mean 'check'?\nTry 'rollcall inventory "
       "--help'.\n"},
      {{"inventory", "diff", "a.csv", "--form", "x"}, "Try 'rollcall inventory diff --help'.\n"},
      {{"inventory", "import", "--from", "paper"}, "Try 'rollcall inventory import --help'.\n"},
      {{"sweep", "--seed", "-1"},
       "rollcall: --seed: '-1' is no whole number from 0 to 2^64 - 1\n"
       "Try 'rollcall sweep --help'.\n"},
      {{"sweep", "--seed", "18446744073709551616"}, "Try 'rollcall sweep --help'.\n"},
      {{"sweep", "--lane", "fast"}, "Try 'rollcall sweep --help'.\n"},
      {{}, "rollcall: A subcommand is required\nTry 'rollcall --help'.\n"},
      {{"a\x1b[2J"}, "rollcall: unknown command 'a\\x1b[2J'\nTry 'rollcall --help'.\n"},
  };
  for (const UsageCase& test : cases) {
    const std::string said = said_of(test.words);
    EXPECT_TRUE(said.ends_with(test.expected)) << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 2) << said;
  }
}

}  // namespace
}  // namespace rollcall::cli
