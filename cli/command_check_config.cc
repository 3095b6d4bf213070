#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/config/certificates.h"
#include "cli/config/config_values.h"
#include "cli/config/parse_config.h"
#include "cli/process/exit_codes.h"
#include "cli/process/say.h"
#include "cli/service/capacity.h"
#include "cli/service/inventory/fleet_source.h"
#include "cli/service/inventory/source_reader.h"
#include "cli/service/journal/receivers.h"
#include "cli/web/http/web_config.h"
#include "engine/base/text/duration.h"
#include "engine/base/text/printable.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

std::size_t receivers(const AlertConfig& alerts) {
  return alerts.alertmanagers.size() + alerts.webhooks.size() + alerts.commands.size() +
         alerts.mails.size();
}

std::size_t sources(const InventoryConfig& inventory) {
  return inventory.files.size() + inventory.directories.size() + inventory.urls.size();
}

// Checks the web configuration file and returns warnings. A listening address that others can reach
// needs TLS from this file, and authentication from it or from http.token_file. On loopback a file
// that does not exist yet is no error.
Result<std::vector<std::string>> check_web_config(const HttpConfig& http) {
  const auto endpoint = endpoint_in(http.listen);
  const bool is_open = endpoint && !is_loopback(endpoint->address);
  if (!is_open && (http.web_config.empty() || ::access(http.web_config.c_str(), F_OK) != 0)) {
    return std::vector<std::string>{};
  }
  const auto config = web::load_web_config(http.web_config);
  if (!config) return std::unexpected(config.error());
  const std::string why =
      is_open ? web::why_not_in_the_open(*config, !http.token_file.empty()) : "";
  if (why.empty()) return web::exposed_secrets(*config, http.web_config);
  return std::unexpected(inventory::error_at(
      http.web_config, 1, 1, "http.listen is an address that others can reach: " + why));
}

// A certificate near its end is only a warning: the watch runs with it and reports it.
void say_certificates(const Config& config) {
  std::vector<CertificateFile> files = certificate_files(config.alerts);
  const auto web = config.http.web_config.empty() ? Result<web::WebConfig>(web::WebConfig{})
                                                  : web::load_web_config(config.http.web_config);
  if (web && web->tls) {
    const auto more = web::certificate_files(*web->tls);
    files.insert(files.end(), more.begin(), more.end());
  }
  const WallTime now = SystemClock().wall();
  for (const Certificate& certificate : read_certificates(files)) {
    const std::string trouble = trouble_of(certificate, now);
    if (!trouble.empty()) say("warning: {}\n", printable(trouble));
  }
}

// Warns if the targets of the readable inventory files cannot be probed within their intervals.
// Inventory URLs are not fetched, so the fleet may be larger.
void say_missed_intervals(const Config& config) {
  Config files = config;
  files.inventory.urls.clear();
  const SourceReads reads = SourceReader().read_all(files.inventory, {});
  const auto choice = choose_fleet(files, reads, nullptr, {}, 0, {});
  if (!choice || choice->fleet.table->size() == 0) return;
  const inventory::TargetTable& table = *choice->fleet.table;
  const watch::Schedule schedule(table, config.sweep.intervals, TimePoint{});
  const std::string why = why_intervals_are_missed(table, schedule, config.sweep);
  if (!why.empty()) say("warning: {}\n", printable(why));
}

Result<int> run(const std::string& path) {
  const auto config = load_config(path);
  if (!config) return std::unexpected(config.error());
  const auto of_web = check_web_config(config->http);
  if (!of_web) return std::unexpected(of_web.error());
  // Checks the receivers' URLs with the same code as the watch.
  if (const auto made = make_receivers(config->alerts); !made) {
    return std::unexpected(made.error());
  }
  std::vector<std::string> warnings = exposed_secrets(*config);
  warnings.insert(warnings.end(), of_web->begin(), of_web->end());
  for (const std::string& warning : warnings) say("warning: {}\n", printable(warning));
  say_certificates(*config);
  say_missed_intervals(*config);
  std::cout << fmt::format("{}: in order; inventory sources: {}, interval: {}, receivers: {}\n",
                           printable(path), sources(config->inventory),
                           duration_text(config->sweep.intervals.fleet), receivers(config->alerts));
  if (!std::cout.flush()) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return 0;
}

}  // namespace

void add_check_config_command(CLI::App& app, Commands& commands) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("check-config", "is a configuration file in order?");
  command->add_option("FILE", *path, "the configuration, as /etc/rollcall/rollcall.toml")
      ->required()
      ->type_name("");
  command->footer(
      "Exit: 0 in order, 3 not, with a line for everything that is wrong: file, line, column and "
      "the fix.\nWhether inventories and receivers are there is not asked. Warnings: a file of a "
      "secret that others may read; a certificate that has expired or ends within 14 days; more "
      "targets in the inventory's files than the rates let a sweep ask within its "
      "interval.\n\nExample:\n"
      "  rollcall check-config /etc/rollcall/rollcall.toml");
  commands.add(*command, [path]() -> Result<int> {
    const auto code = run(*path);
    // Its error begins with the place in the file.
    if (!code) say("{}\n", code.error().to_string());
    return code.value_or(kExitUnknown);
  });
}

}  // namespace rollcall::cli
