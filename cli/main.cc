// Parses the command line and runs one command. Each command is in its own file, command_*.cc.

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options/usage_text.h"
#include "cli/process/exit_codes.h"
#include "cli/process/say.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Does every address that we host answer, right now?", "rollcall");
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  rollcall::cli::Commands commands;
  rollcall::cli::add_sweep_command(app, commands);
  rollcall::cli::add_inventory_command(app, commands);
  rollcall::cli::add_verify_command(app, commands);
  rollcall::cli::add_doctor_command(app, commands);
  rollcall::cli::add_check_config_command(app, commands);
  rollcall::cli::add_bench_command(app, commands);
  rollcall::cli::add_watch_command(app, commands);
  rollcall::cli::add_status_command(app, commands);
  rollcall::cli::add_incidents_command(app, commands);
  rollcall::cli::add_silence_command(app, commands);
  rollcall::cli::add_note_command(app, commands);
  rollcall::cli::add_alert_command(app, commands);
  try {
    app.parse(argc, argv);
    return commands.run();
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    rollcall::cli::say("{}", rollcall::cli::usage_text(app, error));
    return rollcall::cli::kExitUnknown;
  }
}

// open(2) and socket(2) return the lowest free descriptor. If standard error is closed, the first
// socket becomes descriptor 2, and messages for the operator go out on the wire.
void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) == -1) (void)!open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    // Only library exceptions that no wrapper caught arrive here, mostly std::bad_alloc.
    rollcall::cli::say("rollcall: {}\n", error.what());
    return rollcall::cli::kExitUnknown;
  }
}
