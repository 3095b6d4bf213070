#include "cli/command_sweep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>

#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/progress_line.h"
#include "cli/render.h"
#include "cli/render_plan.h"
#include "cli/wiring.h"
#include "engine/base/random.h"
#include "engine/inventory/load.h"
#include "engine/inventory/scan_order.h"

namespace rollcall::cli {
namespace {

constexpr int kExitUnknown = 3;
constexpr double kDefaultRate = 20000;
constexpr double kRateMax = 10e6;

struct SweepArguments {
  std::vector<std::string> files;
  std::vector<std::string> targets;
  std::string ports;
  std::vector<std::string> groups;
  std::string rate = "auto";
  double group_rate = 500;
  unsigned attempts = 3;
  bool no_recheck = false;
  inventory::Expect expect = inventory::Expect::kOpen;
  std::string interface;
  std::string source;
  LaneChoice lane = LaneChoice::kAuto;
  std::vector<std::string> exclude;
  std::optional<std::uint64_t> seed;
  Format format = Format::kText;
  std::string output;
  bool all = false;
  bool dry_run = false;
  bool quiet = false;
};

std::unexpected<Error> bad_option(const char* option, const Error& error) {
  return fail(error.code, fmt::format("{}: {}", option, error.context));
}

Result<PacketRate> parse_rate(const std::string& text) {
  if (text == "auto") return PacketRate{kDefaultRate};
  char* end = nullptr;
  const double rate = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(rate >= 1 && rate <= kRateMax)) {
    return fail(ErrorCode::kUsage,
                fmt::format("--rate: '{}' is neither 'auto' nor a number of probes a second from 1 "
                            "to {:.0f}",
                            text, kRateMax));
  }
  return PacketRate{rate};
}

Result<inventory::LoadRequest> load_request(const SweepArguments& arguments, std::uint64_t seed) {
  inventory::LoadRequest request{.files = arguments.files,
                                 .default_expect = arguments.expect,
                                 .only_groups = arguments.groups,
                                 .seed = seed};
  for (const std::string& target : arguments.targets) {
    (target == "-" ? request.files : request.targets).push_back(target);
  }
  if (request.files.empty() && request.targets.empty()) {
    return fail(ErrorCode::kUsage,
                "nothing to sweep: name an inventory with -i FILE, or targets; see --help");
  }
  if (!arguments.ports.empty()) {
    auto ports = inventory::parse_ports(arguments.ports);
    if (!ports) return bad_option("-p", ports.error());
    request.default_ports = std::move(*ports);
  }
  for (const std::string& text : arguments.exclude) {
    auto range = inventory::parse_range(text);
    if (!range) return bad_option("--exclude", range.error());
    request.exclude.push_back(*range);
  }
  return request;
}

Result<SweepRequest> sweep_request(const SweepArguments& arguments, std::uint64_t seed) {
  auto rate = parse_rate(arguments.rate);
  if (!rate) return std::unexpected(rate.error());
  SweepRequest request{.routes = {.interface = arguments.interface, .source = std::nullopt},
                       .lane = arguments.lane,
                       .rate = *rate,
                       .group_rate = {arguments.group_rate},
                       .policy = {},
                       .seed = seed};
  request.policy.attempts = static_cast<Attempt>(arguments.attempts);
  if (arguments.no_recheck) request.policy.recheck_rounds = 0;
  if (!arguments.source.empty()) {
    request.routes.source = Address::parse(arguments.source);
    if (!request.routes.source) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--source: '{}' is not an address", arguments.source));
    }
  }
  return request;
}

// Standard output, or the file of -o once everything is in it.
Result<void> write_result(OutputFile* file, const auto& write) {
  std::ostream& out = file != nullptr ? file->stream() : std::cout;
  write(out);
  out.flush();
  if (file != nullptr) return file->commit();
  if (!out) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return {};
}

SweepHooks hooks_for(ProgressLine& line, bool quiet) {
  return {.note =
              [quiet](const std::string& text) {
                if (!quiet) fmt::print(stderr, "rollcall: note: {}\n", text);
              },
          .progress = [&line](const sweep::Progress& progress, TimePoint now,
                              PacketRate) { line.show(progress, now); },
          .interrupted = &InterruptGuard::requested};
}

Result<int> run(const SweepArguments& arguments) {
  const std::uint64_t seed = arguments.seed ? *arguments.seed : random_seed();
  auto request = sweep_request(arguments, seed);
  if (!request) return std::unexpected(request.error());
  auto load = load_request(arguments, seed);
  if (!load) return std::unexpected(load.error());
  auto fleet = inventory::load_inventory(*load);
  if (!fleet) return std::unexpected(fleet.error());

  std::unique_ptr<OutputFile> file;
  if (!arguments.output.empty()) {
    auto created = OutputFile::create(arguments.output);
    if (!created) return std::unexpected(created.error());
    file = std::move(*created);
  }
  if (arguments.dry_run) {
    const Plan plan{*fleet, sweep::even_rate(fleet->table, request->rate, request->group_rate),
                    seed};
    const auto written = write_result(
        file.get(), [&](std::ostream& out) { render_plan(out, plan, arguments.format); });
    if (!written) return std::unexpected(written.error());
    return 0;
  }

  const InterruptGuard interrupt;
  const PacketRate rate = sweep::even_rate(fleet->table, request->rate, request->group_rate);
  Result<sweep::SweepResult> result = fail(ErrorCode::kSystem, "");
  {
    ProgressLine line(isatty(STDERR_FILENO) != 0 && !arguments.quiet, rate);
    result = run_sweep(fleet->table, *request, hooks_for(line, arguments.quiet));
  }
  if (!result) return std::unexpected(result.error());
  const auto written = write_result(file.get(), [&](std::ostream& out) {
    render(out, fleet->table, *result, {.format = arguments.format, .all = arguments.all});
  });
  if (!written) return std::unexpected(written.error());
  return sweep::exit_code(*result);
}

void add_scope_options(CLI::App& sweep, SweepArguments& arguments) {
  sweep.add_option("TARGET", arguments.targets,
                   "address, CIDR or first-last range, with optional :port ([v6]:port); - reads "
                   "standard input");
  sweep
      .add_option("-i,--inventory", arguments.files,
                  "inventory: CSV with a header, one target a line, or file_sd JSON; repeatable")
      ->type_name("FILE");
  sweep.add_option("-p,--ports", arguments.ports,
                   "ports of targets that name none, as 80,443 or 8000-8003");
  sweep.add_option("--group", arguments.groups, "only this group; repeatable")->type_name("NAME");
  sweep
      .add_option("--expect", arguments.expect,
                  "open: a listener; bound: a refusal is fine too (default: open)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, inventory::Expect>{{"open", inventory::Expect::kOpen},
                                                   {"bound", inventory::Expect::kBound}},
          CLI::ignore_case))
      ->type_name("open|bound");
  sweep.add_option("--exclude", arguments.exclude, "never ask these; repeatable")
      ->type_name("CIDR");
}

void add_sending_options(CLI::App& sweep, SweepArguments& arguments) {
  sweep.add_option("--rate", arguments.rate, "probes a second in all (default: auto)")
      ->type_name("N|auto");
  sweep
      .add_option("--group-rate", arguments.group_rate,
                  "most questions a second to one group (default: 500)")
      ->check(CLI::Range(1.0, kRateMax))
      ->type_name("N");
  sweep.add_option("--attempts", arguments.attempts, "SYNs to a silent target (default: 3)")
      ->check(CLI::Range(1, 5))
      ->type_name("N");
  sweep.add_flag(
      "--no-recheck", arguments.no_recheck,
      "do not confirm failures by full connects: faster, and silence is then unconfirmed");
  sweep.add_option("--interface", arguments.interface, "send through this interface only")
      ->type_name("IF");
  sweep.add_option("--source", arguments.source, "send from this address of ours")
      ->type_name("ADDR");
  sweep
      .add_option("--lane", arguments.lane,
                  "how SYNs leave: io_uring or sendmmsg on a packet socket, or raw IP")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, LaneChoice>{{"auto", LaneChoice::kAuto},
                                            {"io_uring", LaneChoice::kUring},
                                            {"sendmmsg", LaneChoice::kSendmmsg},
                                            {"ip", LaneChoice::kIp}},
          CLI::ignore_case))
      ->type_name("auto|io_uring|sendmmsg|ip");
  sweep.add_option("--seed", arguments.seed, "of the scan order, to repeat a sweep exactly")
      ->type_name("N");
}

void add_output_options(CLI::App& sweep, SweepArguments& arguments) {
  sweep.add_option("--format", arguments.format, "of the result (default: text)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Format>{{"text", Format::kText},
                                                                        {"json", Format::kJson},
                                                                        {"ndjson", Format::kNdjson},
                                                                        {"csv", Format::kCsv}},
                                          CLI::ignore_case))
      ->type_name("text|json|ndjson|csv");
  sweep
      .add_option("-o,--output", arguments.output,
                  "write the result to this file, whole or not at all")
      ->type_name("FILE");
  sweep.add_flag("--all", arguments.all, "list also the targets that are as expected");
  sweep.add_flag("--dry-run", arguments.dry_run, "say what would be asked, and send nothing");
  sweep.add_flag("--quiet", arguments.quiet, "no progress and no notes on standard error");
}

}  // namespace

void add_sweep_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<SweepArguments>();
  CLI::App* sweep = app.add_subcommand("sweep", "ask every address of the fleet once");
  add_scope_options(*sweep, *arguments);
  add_sending_options(*sweep, *arguments);
  add_output_options(*sweep, *arguments);
  sweep->footer(
      "Exit: 0 all as expected, 1 some service closed, 2 addresses missing, 3 inconclusive or not "
      "possible.\n\nExamples:\n"
      "  rollcall sweep -i fleet.csv\n"
      "  rollcall sweep -p 80,443 198.18.1.0/24 198.18.2.1-198.18.2.50\n"
      "  rollcall sweep -i fleet.csv --group web42 --format json -o web42.json");
  sweep->callback([arguments, &exit_code] {
    auto code = run(*arguments);
    if (!code) fmt::print(stderr, "rollcall: {}\n", code.error().to_string());
    exit_code = code.value_or(kExitUnknown);
  });
}

}  // namespace rollcall::cli
