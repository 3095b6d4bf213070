#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/options/fleet_options.h"
#include "cli/options/result_options.h"
#include "cli/options/sending_options.h"
#include "cli/process/interrupt.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"
#include "cli/render/verification_report.h"
#include "cli/render/waiting_line.h"
#include "cli/run/run_sweep.h"
#include "engine/base/text/duration.h"
#include "scheduler/sweep/verification.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPause = 100ms;  // between two sweeps
constexpr Duration kPauseWithoutRoute = 500ms;
// As in a watch: the operator may load a firewall rule meanwhile. Until a target answers, the
// preflight check before each sweep proves nothing, since silent targets do not reply to it.
constexpr Duration kPreflightPause = 3s;
// The confirming sweep starts this long before the wait ends. With missing addresses it takes about
// 8 s, and a hasty sweep before it 3 s, so it ends at most 4 s after the wait.
constexpr Duration kConfirmAhead = 7s;

// A hasty sweep only decides whether to sweep again. So its waits are short and it opens no TCP
// connections.
constexpr sweep::Waits kHastyWaits{.first = 200ms, .later = 200ms, .adapt = true};
// The kernel sends two SYNs, at 0 and +1 s, in the second connect. If packets are lost, it does so
// in the first connect too.
constexpr sweep::Waits kConfirmingWaits{.connect = 1500ms, .adapt = true};

// The last sweep probes groups that limit new connections for this much longer.
constexpr Duration kLimitedPatience = 3s;

struct VerifyArguments {
  FleetOptions fleet{.takes_targets = false};
  SendingOptions sending;
  ResultOptions result;
  std::string wait = "5m";
  unsigned stable = 2;
  std::string by;
  std::string note;
  ClientOptions watch{.url = "", .url_option = "--watch"};
};

// The two kinds of sweep that a verification runs.
SweepRequest hasty(SweepRequest request) {
  request.policy.recheck_rounds = 0;
  request.waits = kHastyWaits;
  return request;
}
SweepRequest confirming(SweepRequest request) {
  request.waits = kConfirmingWaits;
  request.limited_patience = kLimitedPatience;
  request.next_hop_suffices = true;
  return request;
}

bool any_answers(const sweep::SweepResult& result) {
  using enum verdict::TargetVerdict;
  return result.counts[static_cast<std::size_t>(kOpen)] > 0 ||
         result.counts[static_cast<std::size_t>(kClosed)] > 0;
}

struct Verified {
  sweep::Verification memory;
  sweep::SweepResult last;
  WallTime started_at;
  Duration took;
};

// Notes about the set-up, such as an unavailable lane, are the same in every sweep. Only the first
// sweep prints them.
SweepHooks quiet_hooks() {
  return {.interrupted = &InterruptGuard::requested};
}
SweepHooks speaking_hooks(const WaitingLine& line) {
  SweepHooks hooks = quiet_hooks();
  hooks.note = [&line](const std::string& text) { line.note(text); };
  return hooks;
}

Result<Verified> wait_until_up(const inventory::TargetTable& table, SweepRequest request,
                               unsigned stable, Duration wait, WaitingLine& line) {
  const SystemClock clock;
  const InterruptGuard interrupt;
  const WallTime started_at = clock.wall();
  const TimePoint start = clock.now();
  const TimePoint deadline = start + wait;
  sweep::Verification memory(table, stable, start);
  TimePoint next_preflight = start;
  while (true) {
    request.preflight = clock.now() >= next_preflight;
    const bool last_chance = clock.now() >= deadline - kConfirmAhead;
    auto result = run_sweep(table, last_chance ? confirming(request) : hasty(request),
                            memory.sweeps() == 0 ? speaking_hooks(line) : quiet_hooks());
    if (!result) {
      // The server that reboots may itself be the next hop, or its reboot may take the link down.
      const Duration left = deadline - clock.now();
      const bool may_heal = result.error().code == ErrorCode::kNoRoute && left > Duration::zero();
      if (!may_heal || InterruptGuard::requested()) return std::unexpected(result.error());
      memory.add_failure();
      line.show_failure(result.error().to_string(), left);
      std::this_thread::sleep_for(std::min(left, kPauseWithoutRoute));
      continue;
    }
    if (request.preflight && any_answers(*result)) next_preflight = clock.now() + kPreflightPause;
    request.epoch.value += 1 + result->canary_epochs;
    const TimePoint now = clock.now();
    const bool changed = memory.add(*result, now);
    const bool failed = last_chance && memory.good_in_row() == 0;
    if (memory.passed() || failed || InterruptGuard::requested()) {
      return Verified{std::move(memory), std::move(*result), started_at, now - start};
    }
    line.show(table, *result,
              {.changed = changed, .good = memory.good_in_row(), .left = deadline - now});
    std::this_thread::sleep_for(kPause);
  }
}

// Reports the result to the watch, so that the incident shows who verified it. If the watch cannot
// be reached, the exit code does not change.
void tell_watch(const VerifyArguments& arguments, const inventory::TargetTable& table,
                const sweep::SweepResult& last) {
  for (std::uint32_t i = 0; i < table.groups().size(); ++i) {
    const inventory::Group& group = table.groups()[i];
    const auto report =
        std::ranges::find(last.groups_not_up, GroupIndex{i}, &verdict::GroupReport::group);
    const bool is_up = report == last.groups_not_up.end();
    const Json body{{"group", group.name},
                    {"by", arguments.by},
                    {"passed", is_up && last.conclusive},
                    {"expected", group.addresses},
                    {"answering", is_up ? group.addresses : report->answering}};
    const auto reported = api_post(arguments.watch, "/api/v1/verifications", body);
    if (!reported) return say("rollcall: --watch: {}\n", reported.error().to_string());
  }
}

// Checks the access to the watch before minutes are spent on sweeps.
Result<void> check_watch(const VerifyArguments& arguments) {
  if (arguments.watch.url.empty()) return {};
  if (arguments.by.empty()) return fail(ErrorCode::kUsage, "--watch: say with --by who verifies");
  return check_client(arguments.watch);
}

Result<int> run(const VerifyArguments& arguments) {
  if (auto kept = keep_only(kNetRaw | kAnyFile); !kept) return std::unexpected(kept.error());
  if (auto checked = check_watch(arguments); !checked) return std::unexpected(checked.error());
  const auto wait = parse_duration(arguments.wait);
  if (!wait) {
    return fail(wait.error().code, fmt::format("--wait: {}", wait.error().context));
  }
  auto request = sweep_request(arguments.sending);
  if (!request) return std::unexpected(request.error());
  auto fleet = load_fleet(arguments.fleet, request->seed);
  if (!fleet) return std::unexpected(fleet.error());
  // Replies from targets of other groups show that this host receives replies.
  request->routes.canaries_suffice = true;
  if (auto scope = scope_of(arguments.fleet)) request->scope = *std::move(scope);
  auto writer = ResultWriter::open(arguments.result.output, fleet_inputs(arguments.fleet));
  if (!writer) return std::unexpected(writer.error());
  // The process reads packets from here on. It reads the token file for the watch afterwards.
  const Capabilities later =
      writer->needs() | (arguments.watch.url.empty() ? Capabilities{0} : kReadAnyFile);
  if (auto kept = keep_only(kNetRaw, later); !kept) return std::unexpected(kept.error());

  auto verified = [&] {
    WaitingLine line(arguments.result.quiet);
    return wait_until_up(fleet->table, *request, arguments.stable, *wait, line);
  }();
  if (!verified) return std::unexpected(verified.error());
  const VerifyReport report{.table = fleet->table,
                            .memory = verified->memory,
                            .last = verified->last,
                            .started_at = verified->started_at,
                            .took = verified->took,
                            .stable = arguments.stable,
                            .by = arguments.by,
                            .note = arguments.note};
  const auto written = writer->write(
      [&](std::ostream& out) { render_verification(out, report, arguments.result.format); });
  if (!written) return std::unexpected(written.error());
  if (!arguments.watch.url.empty()) tell_watch(arguments, fleet->table, verified->last);
  return sweep::exit_code(verified->last);
}

void add_options(CLI::App& verify, VerifyArguments& arguments) {
  verify.add_option("GROUP", arguments.fleet.groups, "groups of the inventory, as web42")
      ->required()
      ->type_name("");
  verify
      .add_option("--wait", arguments.wait, "how long at most, as 90s, 5m or 1h30m (default: 5m)")
      ->type_name("TIME");
  verify
      .add_option("--stable", arguments.stable,
                  "so many good sweeps in a row are success (default: 2)")
      ->check(CLI::Range(1, 100).description(""))
      ->type_name("N");
  verify.add_option("--by", arguments.by, "who asks; recorded in the result (needed with --watch)")
      ->type_name("NAME");
  verify.add_option("--note", arguments.note, "why; recorded in the result")->type_name("TEXT");
  verify
      .add_option("--watch", arguments.watch.url,
                  "note the result in the watch there, as http://127.0.0.1:9750")
      ->type_name("URL");
  add_token_option(verify, arguments.watch);
  add_ca_option(verify, arguments.watch);
  add_fleet_options(verify, arguments.fleet);
  add_canary_options(verify, arguments.fleet);
  add_sending_options(verify, arguments.sending);
  add_result_options(verify, arguments.result, false);
}

}  // namespace

void add_verify_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* verify =
      app.add_subcommand("verify", "wait until every address of these groups answers");
  add_options(*verify, *arguments);
  verify->footer(
      "Exit: 0 as soon as all answer, 1 some service closed, 2 addresses missing when the wait is "
      "over (even if not all could be judged), 3 otherwise inconclusive or not possible.\n"
      "Without -i the inventory is $ROLLCALL_INVENTORY, else /etc/rollcall/fleet.csv.\n\nExamples, "
      "for the runbook of a reboot:\n"
      "  rollcall verify web42 --wait 5m\n"
      "  rollcall verify -i fleet.csv web42 web43 --wait 90s --by anna --note 'kernel update'");
  commands.add(*verify, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
