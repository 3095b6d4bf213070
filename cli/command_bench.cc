#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <thread>

#include "cli/bench/bench_runs.h"
#include "cli/bench/host.h"
#include "cli/bench/network/bench_network.h"
#include "cli/bench/render.h"
#include "cli/commands.h"
#include "cli/options/choice.h"
#include "cli/options/fleet_options.h"
#include "cli/options/result_options.h"
#include "cli/options/sending_options.h"
#include "cli/process/interrupt.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"
#include "cli/render/terminal_line.h"

namespace rollcall::cli {
namespace {

// The largest value of --rate. In a lab only the machine limits the rate.
constexpr PacketRate kUnlimited{10e6};

constexpr std::chrono::milliseconds kQuietLook(300);
constexpr double kQuietShare = 0.1;

enum class What : std::uint8_t { kSend, kLoop, kRecheck, kAll };

struct BenchArguments {
  What what = What::kAll;
  FleetOptions fleet;
  SendingOptions sending;
  ResultOptions result;
  double seconds = 2;
};

// bench never uses the default inventory: it must not load a production fleet by accident.
bool names_targets(const FleetOptions& fleet) {
  return !fleet.files.empty() || !fleet.targets.empty();
}

Result<SweepRequest> request_of(const BenchArguments& arguments, bool bench_network) {
  auto request = sweep_request(arguments.sending);
  if (!request) return request;
  // bench takes its own rate steps. Their upper limit is the rate at which a sweep would start.
  request->rate = request->auto_rate.value_or(request->rate);
  request->auto_rate.reset();
  request->rate_memory.reset();
  if (!bench_network) return request;
  if (!arguments.sending.interface.empty() || !arguments.sending.source.empty()) {
    return fail(ErrorCode::kUsage,
                "--interface and --source need targets to send to: name some, or leave both out "
                "to measure in a lab of its own");
  }
  if (arguments.sending.rate == "auto") request->rate = kUnlimited;
  request->group_rate = kUnlimited;
  return request;
}

// Shows the current measurement on a terminal, in one line.
class StatusLine {
 public:
  explicit StatusLine(bool enabled) : enabled_(enabled) {}
  ~StatusLine() { show(""); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void show(const std::string& text) const {
    if (enabled_) rewrite_line(text);
  }

 private:
  bool enabled_;
};

// The CPU time is the whole machine's, so other processes distort every figure.
std::optional<std::string> note_on_others(unsigned cpus) {
  const bench::CpuTimes before = bench::read_cpu_times();
  std::this_thread::sleep_for(kQuietLook);
  const double busy = (bench::read_cpu_times() - before).total_s();
  const double share = busy / (cpus * std::chrono::duration<double>(kQuietLook).count());
  if (share <= kQuietShare) return std::nullopt;
  return fmt::format(
      "other programs kept {:.0f} % of the CPUs busy when this began: they take from the rates, "
      "and the CPU figures include them",
      100 * share);
}

Result<void> measure(What what, const BenchRequest& request, bench::Report& report) {
  const auto wanted = [what](What part) { return what == part || what == What::kAll; };
  Result<void> done;
  if (wanted(What::kSend)) done = bench_send(request, report);
  if (done && wanted(What::kLoop)) done = bench_loop(request, report);
  if (done && wanted(What::kRecheck)) done = bench_recheck(request, report);
  return done;
}

Result<int> run(const BenchArguments& arguments) {
  const bool bench_network = !names_targets(arguments.fleet);
  const Capabilities for_labs = bench_network ? bench::kLabCapabilities : 0;
  if (auto kept = keep_only(kNetRaw | kAnyFile, for_labs); !kept) {
    return std::unexpected(kept.error());
  }
  auto sweep = request_of(arguments, bench_network);
  if (!sweep) return std::unexpected(sweep.error());
  std::optional<inventory::Inventory> fleet;
  if (!bench_network) {
    auto loaded = load_fleet(arguments.fleet, sweep->seed);
    if (!loaded) return std::unexpected(loaded.error());
    fleet = std::move(*loaded);
  }
  auto writer = ResultWriter::open(arguments.result.output, fleet_inputs(arguments.fleet));
  if (!writer) return std::unexpected(writer.error());
  // The process reads packets from here on.
  if (auto kept = keep_only(kNetRaw, writer->needs() | for_labs); !kept) {
    return std::unexpected(kept.error());
  }

  const InterruptGuard interrupt;
  bench::Report report{.started_at = SystemClock().wall(), .host = bench::read_host_facts()};
  if (auto others = note_on_others(report.host.cpus)) report.notes.push_back(std::move(*others));
  {
    const StatusLine line(isatty(STDERR_FILENO) != 0 && !arguments.result.quiet);
    const auto done = measure(arguments.what,
                              {.table = fleet ? &fleet->table : nullptr,
                               .sweep = std::move(*sweep),
                               .step = std::chrono::duration_cast<Duration>(
                                   std::chrono::duration<double>(arguments.seconds)),
                               .interrupted = &InterruptGuard::requested,
                               .say = [&line](const std::string& text) { line.show(text); }},
                              report);
    if (!done) return std::unexpected(done.error());
  }
  const bool chart = arguments.result.output.empty() && isatty(STDOUT_FILENO) != 0;
  const auto written = writer->write([&](std::ostream& out) {
    arguments.result.format == Format::kJson ? render_bench_json(out, report)
                                             : render_bench_text(out, report, chart);
  });
  if (!written) return std::unexpected(written.error());
  return 0;
}

void add_options(CLI::App& command, BenchArguments& arguments) {
  add_choice<What>(command, "WHAT", arguments.what,
                   {{"send", What::kSend},
                    {"loop", What::kLoop},
                    {"recheck", What::kRecheck},
                    {"all", What::kAll}},
                   "send: SYNs out; loop: answers in and verified, up to the knee; recheck: full "
                   "connects; all (the default)");
  command
      .add_option("TARGET", arguments.fleet.targets,
                  "whom to send to, as for sweep; none: a lab of its own, which nothing leaves")
      ->type_name("");
  command.add_option("--seconds", arguments.seconds, "how long each step sends (default: 2)")
      ->check(CLI::Range(0.1, 600.0).description(""))
      ->type_name("N");
  add_fleet_options(command, arguments.fleet);
  add_sending_options(command, arguments.sending);
  add_result_options(command, arguments.result, false);
}

}  // namespace

void add_bench_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand("bench", "measure the probe throughput of this host");
  add_options(*command, *arguments);
  command->footer(
      "Without TARGET and -i it measures in a lab of its own (two network namespaces that end "
      "with the command), as fast as this machine can; that needs root. On targets of yours it "
      "keeps to --rate (auto: 40000) and --group-rate, as a sweep does: raise both to find the "
      "path's limit.\n"
      "Exit: 0 measured, 3 not possible or interrupted.\n\nExamples:\n"
      "  rollcall bench\n"
      "  rollcall bench loop --seconds 5\n"
      "  rollcall bench send --lane sendmmsg --format json\n"
      "  rollcall bench loop -p 80 198.18.1.0/24 --interface eth0 --rate 50000 --group-rate 50000");
  commands.add(*command, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
