#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/process/exit_codes.h"
#include "cli/render/incident_lines.h"

namespace rollcall::cli {
namespace {

Result<int> run_test(const ClientOptions& client) {
  const auto answer = api_post(client, "/api/v1/alerts/test", Json::object());
  if (!answer) return std::unexpected(answer.error());
  bool all_arrived = true;
  const auto shown = show(client, *answer, [](const Json& document) {
    std::string text;
    for (const Json& receiver : document.at("receivers")) {
      text += fmt::format("{}: {}\n", text_of(receiver, "name"), text_of(receiver, "outcome"));
    }
    return text.empty() ? std::string("no receivers are configured\n") : text;
  });
  if (!shown) return std::unexpected(shown.error());
  for (const Json& receiver : answer->at("receivers")) {
    all_arrived = all_arrived && receiver.at("outcome") == "delivered";
  }
  return all_arrived ? 0 : kExitMissing;
}

}  // namespace

void add_alert_command(CLI::App& app, Commands& commands) {
  CLI::App* alert = app.add_subcommand("alert", "whether the alerts of a running watch arrive");
  alert->require_subcommand(1);
  auto client = std::make_shared<ClientOptions>();
  CLI::App* test = alert->add_subcommand("test", "send a test alert to every receiver");
  add_client_options(*test, *client);
  test->footer("Exit: 0 all took it, 2 some did not, 3 the watch does not answer.");
  commands.add(*test, [client] { return run_test(*client); });
}

}  // namespace rollcall::cli
