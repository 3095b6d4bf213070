// Parses the command line and runs one command. Each command is in its own file, command_*.cc.

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command_alert.h"
#include "cli/command_bench.h"
#include "cli/command_check_config.h"
#include "cli/command_doctor.h"
#include "cli/command_incidents.h"
#include "cli/command_inventory.h"
#include "cli/command_note.h"
#include "cli/command_silence.h"
#include "cli/command_status.h"
#include "cli/command_sweep.h"
#include "cli/command_verify.h"
#include "cli/command_watch.h"
#include "cli/options/usage_text.h"
#include "cli/process/say.h"

namespace {

constexpr int kExitUsage = 3;

int run(int argc, char** argv) {
  CLI::App app("Does every address that we host answer, right now?", "rollcall");
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  int exit_code = 0;
  rollcall::cli::add_sweep_command(app, exit_code);
  rollcall::cli::add_inventory_command(app, exit_code);
  rollcall::cli::add_verify_command(app, exit_code);
  rollcall::cli::add_doctor_command(app, exit_code);
  rollcall::cli::add_check_config_command(app, exit_code);
  rollcall::cli::add_bench_command(app, exit_code);
  rollcall::cli::add_watch_command(app, exit_code);
  rollcall::cli::add_status_command(app, exit_code);
  rollcall::cli::add_incidents_command(app, exit_code);
  rollcall::cli::add_silence_command(app, exit_code);
  rollcall::cli::add_note_command(app, exit_code);
  rollcall::cli::add_alert_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    rollcall::cli::say("{}", rollcall::cli::usage_text(app, error));
    return kExitUsage;
  }
  return exit_code;
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
    return kExitUsage;
  }
}
