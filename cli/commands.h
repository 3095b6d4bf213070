// The commands of the program. Each is one file, command_NAME.cc, with its options, its help and the
// function that runs it.
//
//   main ──> add_NAME_command()   declares options and help, registers the function to run
//        ──> CLI::App::parse()    finds the command that the arguments name
//        ──> Commands::run()      runs it: an exit code, or an error for standard error
//
// Threading: the main thread.
// Ownership: a registered function owns the options that CLI11 writes into.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>

#include "engine/base/error.h"

namespace rollcall::cli {

class Commands {
 public:
  // Returns the exit code (process/exit_codes.h).
  using Run = std::function<Result<int>()>;

  // Calls `run` if the arguments name `command`.
  void add(CLI::App& command, Run run);

  // Requires: the arguments are parsed, and name a command. Prints the error of a command that
  // returns one, and then returns kExitUnknown.
  int run() const;

 private:
  Run chosen_;
};

void add_sweep_command(CLI::App& app, Commands& commands);
void add_verify_command(CLI::App& app, Commands& commands);
void add_watch_command(CLI::App& app, Commands& commands);
void add_check_config_command(CLI::App& app, Commands& commands);
void add_doctor_command(CLI::App& app, Commands& commands);
void add_bench_command(CLI::App& app, Commands& commands);
void add_inventory_command(CLI::App& app, Commands& commands);
void add_inventory_import_command(CLI::App& inventory, Commands& commands);

// The commands that talk to a running watch (client/api_client.h).
void add_status_command(CLI::App& app, Commands& commands);
void add_incidents_command(CLI::App& app, Commands& commands);
void add_silence_command(CLI::App& app, Commands& commands);
void add_note_command(CLI::App& app, Commands& commands);
void add_alert_command(CLI::App& app, Commands& commands);

}  // namespace rollcall::cli
