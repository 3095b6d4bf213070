#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/doctor/examine.h"
#include "cli/doctor/render_checks.h"
#include "cli/options/fleet_options.h"
#include "cli/options/result_options.h"
#include "cli/options/sending_options.h"
#include "cli/process/exit_codes.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"

namespace rollcall::cli {
namespace {

struct DoctorArguments {
  FleetOptions fleet;
  SendingOptions sending;
  ResultOptions result;
};

// doctor never uses the default inventory: it must work on a host that has none yet.
bool names_targets(const FleetOptions& fleet) {
  return !fleet.files.empty() || !fleet.targets.empty() || !fleet.groups.empty();
}

Result<int> run(const DoctorArguments& arguments) {
  if (auto kept = keep_only(kNetRaw | kAnyFile); !kept) return std::unexpected(kept.error());
  const auto sending = sweep_request(arguments.sending);
  if (!sending) return std::unexpected(sending.error());
  doctor::ExamineRequest request{.routes = sending->routes,
                                 .raw_ip_only = sending->lane == LaneChoice::kIp,
                                 .uring_wanted = sending->lane == LaneChoice::kUring,
                                 .ring_bytes = sending->capture_ring_bytes,
                                 .rate = sending->auto_rate.value_or(sending->rate),
                                 .finds_rate = sending->auto_rate.has_value()};
  std::optional<inventory::Inventory> fleet;
  if (names_targets(arguments.fleet)) {
    auto loaded = load_fleet(arguments.fleet, sending->seed);
    if (!loaded) return std::unexpected(loaded.error());
    fleet = std::move(*loaded);
    request.table = &fleet->table;
    request.rate = rate_at_first(*sending, fleet->table);
    request.finds_rate = finds_its_rate(*sending, fleet->table);
  }
  auto writer = ResultWriter::open(arguments.result.output, fleet_inputs(arguments.fleet));
  if (!writer) return std::unexpected(writer.error());
  // The process reads packets from here on.
  if (auto kept = keep_only(kNetRaw, writer->needs()); !kept) return std::unexpected(kept.error());

  const std::vector<doctor::Check> checks = doctor::examine(request);
  const auto written = writer->write([&](std::ostream& out) {
    arguments.result.format == Format::kJson ? doctor::render_json(out, checks)
                                             : doctor::render_text(out, checks);
  });
  if (!written) return std::unexpected(written.error());
  return doctor::any_failed(checks) ? kExitUnknown : 0;
}

}  // namespace

void add_doctor_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<DoctorArguments>();
  CLI::App* command =
      app.add_subcommand("doctor", "can this host scan? what hinders it, and how to mend that");
  command
      ->add_option("TARGET", arguments->fleet.targets,
                   "some targets, as for sweep: the way to them is then examined too")
      ->type_name("");
  add_fleet_options(*command, arguments->fleet);
  add_sending_options(*command, arguments->sending);
  add_result_options(*command, arguments->result, false);
  command->footer(
      "Exit: 0 this host can scan (there may be warnings), 3 something fails.\nWith -i or TARGET, "
      "eight of the targets on each way are sent one or two SYNs; without, nothing leaves this "
      "host.\n\nExamples:\n"
      "  rollcall doctor\n"
      "  rollcall doctor -i fleet.csv --rate 200000");
  commands.add(*command, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
