// Commands are one file each; this only names them.

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command_doctor.h"
#include "cli/command_inventory.h"
#include "cli/command_sweep.h"
#include "cli/command_verify.h"

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
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "rollcall: {}\nTry 'rollcall {}--help'.\n", error.what(),
               app.get_subcommands().empty() ? "" : app.get_subcommands()[0]->get_name() + " ");
    return kExitUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    // Only what a library threw past its seam, std::bad_alloc above all, ends here.
    fmt::print(stderr, "rollcall: {}\n", error.what());
    return kExitUsage;
  }
}
