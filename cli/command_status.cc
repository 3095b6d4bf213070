#include <memory>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/render/status_text.h"

namespace rollcall::cli {

void add_status_command(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<ClientOptions>();
  CLI::App* command = app.add_subcommand("status", "what a running watch holds to be true");
  add_client_options(*command, *options);
  command->footer(
      "Exit: 0 all groups up, 1 some service closed or something that the watch needs fails (an\n"
      "inventory source, a receiver, the HTTP server, a certificate), 2 addresses missing, 3 not\n"
      "known.\n"
      "Known is what a sound sweep of the last two intervals has told. An address that never\n"
      "answered is not expected to: it is named, and changes no exit code.\n"
      "\nExample:\n"
      "  rollcall status --format json");
  commands.add(*command, [options]() -> Result<int> {
    const auto status = api_get(*options, "/api/v1/status");
    if (!status) return std::unexpected(status.error());
    if (auto shown = show(*options, *status, text_of_status); !shown) {
      return std::unexpected(shown.error());
    }
    return exit_code_of_status(*status);
  });
}

}  // namespace rollcall::cli
