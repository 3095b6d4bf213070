#include "cli/command_check_config.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "cli/config/parse_config.h"
#include "cli/duration.h"
#include "cli/printable.h"
#include "cli/say.h"

namespace rollcall::cli {
namespace {

constexpr int kExitUnknown = 3;

std::size_t receivers(const AlertConfig& alerts) {
  return alerts.alertmanagers.size() + alerts.webhooks.size() + alerts.commands.size() +
         alerts.mails.size();
}

std::size_t sources(const InventoryConfig& inventory) {
  return inventory.files.size() + inventory.directories.size() + inventory.urls.size();
}

Result<int> run(const std::string& path) {
  const auto config = load_config(path);
  if (!config) return std::unexpected(config.error());
  std::cout << fmt::format("{}: in order; inventory sources: {}, interval: {}, receivers: {}\n",
                           printable(path), sources(config->inventory),
                           duration_text(config->sweep.intervals.fleet), receivers(config->alerts));
  if (!std::cout.flush()) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return 0;
}

}  // namespace

void add_check_config_command(CLI::App& app, int& exit_code) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("check-config", "is a configuration file in order?");
  command->add_option("FILE", *path, "the configuration, as /etc/rollcall/rollcall.toml")
      ->required()
      ->type_name("");
  command->footer(
      "Exit: 0 in order, 3 not, with a line for everything that is wrong: file, line, column and "
      "the mend.\nOnly the file itself is looked at: whether inventories, certificates and "
      "receivers are there is not asked.\n\nExample:\n"
      "  rollcall check-config /etc/rollcall/rollcall.toml");
  command->callback([path, &exit_code] {
    const auto code = run(*path);
    if (!code) say("{}\n", code.error().to_string());
    exit_code = code.value_or(kExitUnknown);
  });
}

}  // namespace rollcall::cli
