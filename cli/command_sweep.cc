#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options/fleet_options.h"
#include "cli/options/result_options.h"
#include "cli/options/sending_options.h"
#include "cli/process/interrupt.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"
#include "cli/render/plan_text.h"
#include "cli/render/progress_line.h"
#include "cli/render/render.h"
#include "cli/run/run_sweep.h"

namespace rollcall::cli {
namespace {

struct SweepArguments {
  FleetOptions fleet;
  SendingOptions sending;
  ResultOptions result;
  unsigned attempts = 3;
  bool no_recheck = false;
  bool all = false;
  bool dry_run = false;
};

SweepHooks hooks_for(ProgressLine& line, bool quiet) {
  return {.note =
              [quiet](const std::string& text) {
                if (!quiet) say("rollcall: note: {}\n", text);
              },
          .progress = [&line](const sweep::Progress& progress,
                              TimePoint now) { line.show(progress, now); },
          .interrupted = &InterruptGuard::requested};
}

Result<sweep::SweepResult> sweep_with_progress(const inventory::TargetTable& table,
                                               const SweepRequest& request, bool quiet) {
  const InterruptGuard interrupt;
  ProgressLine line(isatty(STDERR_FILENO) != 0 && !quiet, pace_of(request, table));
  return run_sweep(table, request, hooks_for(line, quiet));
}

Result<int> run(const SweepArguments& arguments) {
  if (auto kept = keep_only(kNetRaw | kAnyFile); !kept) return std::unexpected(kept.error());
  auto request = sweep_request(arguments.sending);
  if (!request) return std::unexpected(request.error());
  request->policy.attempts = static_cast<Attempt>(arguments.attempts);
  if (arguments.no_recheck) request->policy.recheck_rounds = 0;
  auto fleet = load_fleet(arguments.fleet, request->seed);
  if (!fleet) return std::unexpected(fleet.error());
  if (auto scope = scope_of(arguments.fleet)) request->scope = *std::move(scope);
  auto writer = ResultWriter::open(arguments.result.output, fleet_inputs(arguments.fleet));
  if (!writer) return std::unexpected(writer.error());
  // The process reads packets from here on.
  if (auto kept = keep_only(kNetRaw, writer->needs()); !kept) return std::unexpected(kept.error());

  if (arguments.dry_run) {
    const Plan plan{
        .inventory = *fleet,
        .rate = rate_at_first(*request, fleet->table),
        .finds_rate = finds_its_rate(*request, fleet->table),
        .is_slowed_by_group_rate = pace_of(*request, fleet->table).is_slowed_by_group_rate,
        .seed = request->seed};
    const auto written =
        writer->write([&](std::ostream& out) { render_plan(out, plan, arguments.result.format); });
    if (!written) return std::unexpected(written.error());
    return 0;
  }

  const auto result = sweep_with_progress(fleet->table, *request, arguments.result.quiet);
  if (!result) return std::unexpected(result.error());
  const auto written = writer->write([&](std::ostream& out) {
    render(out, fleet->table, *result, {.format = arguments.result.format, .all = arguments.all});
  });
  if (!written) return std::unexpected(written.error());
  return sweep::exit_code(*result);
}

void add_options(CLI::App& sweep, SweepArguments& arguments) {
  sweep
      .add_option(
          "TARGET", arguments.fleet.targets,
          "ADDRESS, CIDR or FIRST-LAST, with optional :PORT ([v6]:PORT); - is standard input")
      ->type_name("");
  add_fleet_options(sweep, arguments.fleet);
  add_canary_options(sweep, arguments.fleet);
  sweep.add_option("--group", arguments.fleet.groups, "only this group; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  add_sending_options(sweep, arguments.sending);
  sweep.add_option("--attempts", arguments.attempts, "SYNs to a silent target (default: 3)")
      ->check(CLI::Range(1, 5).description(""))
      ->type_name("N");
  sweep.add_flag(
      "--no-recheck", arguments.no_recheck,
      "do not confirm failures by full connects: faster, and silence is then unconfirmed");
  add_result_options(sweep, arguments.result, true);
  sweep.add_flag("--all", arguments.all, "list also the targets that are as expected");
  sweep.add_flag("--dry-run", arguments.dry_run, "say what would be asked, and send nothing");
}

}  // namespace

void add_sweep_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<SweepArguments>();
  CLI::App* sweep = app.add_subcommand("sweep", "ask every address of the fleet once");
  add_options(*sweep, *arguments);
  sweep->footer(
      "Exit: 0 all as expected, 1 some service closed, 2 addresses missing (even if not all could "
      "be judged), 3 otherwise inconclusive or not possible.\n"
      "Without -i and TARGET the inventory is $ROLLCALL_INVENTORY, else "
      "/etc/rollcall/fleet.csv.\n\nExamples:\n"
      "  rollcall sweep -i fleet.csv\n"
      "  rollcall sweep -p 80,443 198.18.1.0/24 198.18.2.1-198.18.2.50\n"
      "  rollcall sweep -i fleet.csv --group web42 --format json -o web42.json");
  commands.add(*sweep, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
