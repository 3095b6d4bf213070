#include <fmt/format.h>

#include <memory>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/render/incident_lines.h"
#include "engine/base/text/duration.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

struct IncidentsArguments {
  ClientOptions client;
  std::string since;
};

Result<int> run(const IncidentsArguments& arguments) {
  std::string path = "/api/v1/incidents";
  if (!arguments.since.empty()) {
    const auto since = parse_duration(arguments.since, 24h * 3650);
    if (!since) return fail(since.error().code, "--since: " + since.error().context);
    path += fmt::format("?since_s={:.0f}", std::chrono::duration<double>(*since).count());
  }
  const auto answer = api_get(arguments.client, path);
  if (!answer) return std::unexpected(answer.error());
  const auto shown = show(arguments.client, *answer, [](const Json& document) {
    std::string text;
    for (const Json& incident : document.at("incidents")) text += incident_lines(incident);
    return text.empty() ? std::string("no incidents\n") : text;
  });
  if (!shown) return std::unexpected(shown.error());
  return 0;
}

}  // namespace

void add_incidents_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<IncidentsArguments>();
  CLI::App* command = app.add_subcommand("incidents", "what a running watch found wrong");
  command
      ->add_option("--since", arguments->since,
                   "also those that ended within this time, as 24h or 30d (at most 1000)")
      ->type_name("TIME");
  add_client_options(*command, arguments->client);
  command->footer(
      "Exit: 0, or 3 when the watch does not answer.\n\nExample:\n"
      "  rollcall incidents --since 7d");
  commands.add(*command, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
