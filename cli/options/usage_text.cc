#include "cli/options/usage_text.h"

#include <fmt/format.h>

#include <vector>

#include "engine/base/text/printable.h"
#include "engine/inventory/text/closest_match.h"

namespace rollcall::cli {
namespace {

// CLI11 only says that a command is required, also if the user mistyped one.
std::string what_is_wrong(const CLI::App& command, const CLI::ParseError& error) {
  const bool wants_command = command.get_require_subcommand_min() > 0;
  const std::vector<std::string> rest = command.remaining();
  if (!wants_command || rest.empty() || rest.front().starts_with('-')) return error.what();
  std::vector<std::string> known;
  for (const CLI::App* below : command.get_subcommands({})) known.push_back(below->get_name());
  const auto near = inventory::closest_match(rest.front(), known);
  return fmt::format("unknown command '{}'{}", printable(rest.front()),
                     near ? fmt::format("; did you mean '{}'?", *near) : "");
}

}  // namespace

std::string usage_text(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string path = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += " " + command->get_name();
  }
  return fmt::format("rollcall: {}\nTry '{} --help'.\n", what_is_wrong(*command, error), path);
}

}  // namespace rollcall::cli
