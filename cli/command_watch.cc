#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/config/parse_config.h"
#include "cli/process/exit_codes.h"
#include "cli/process/privileges.h"
#include "cli/process/say.h"
#include "cli/run/run_sweep.h"
#include "cli/service/process/log.h"
#include "cli/service/process/systemd_notifier.h"
#include "cli/service/process/watchdog.h"
#include "cli/service/service.h"
#include "cli/service/sweep_thread.h"
#include "cli/web/api/api.h"
#include "engine/base/random.h"

namespace rollcall::cli {
namespace {

constexpr double kRateMax = 10e6;

SweepRequest request_of(const SweepConfig& config, const ScopeConfig& scope) {
  SweepRequest request{.routes = {.interface = config.interface, .source = config.source},
                       .lane = config.lane,
                       .rate = config.rate.value_or(PacketRate{kRateMax}),
                       .group_rate = config.group_rate,
                       .seed = random_seed(),
                       .scope = inventory::Scope(scope.allow)};
  if (!config.rate) {
    request.auto_rate = kAutoStart;
    request.rate_memory = std::make_shared<RateMemory>();
  }
  return request;
}

// Withdraws readiness when a thread is stuck: a service with a stuck thread cannot do it itself.
class StuckListener {
 public:
  StuckListener(Watchdog& watchdog, web::SnapshotPublisher& publisher) : watchdog_(watchdog) {
    watchdog_.on_stuck([&publisher](const std::string& names) {
      if (!names.empty()) publisher.withdraw(names);
    });
  }
  ~StuckListener() { watchdog_.on_stuck({}); }
  StuckListener(const StuckListener&) = delete;
  StuckListener& operator=(const StuckListener&) = delete;

 private:
  Watchdog& watchdog_;
};

// Prints the error while the watchdog still runs: a write to standard error may block, and then the
// watchdog ends the process.
int report_end(Watchdog& watchdog, const Result<void>& done) {
  const int code = done ? 0 : kExitUnknown;
  watchdog.note_stopped(code);
  if (!done) say("rollcall: {}\n", done.error().to_string());
  return code;
}

// Returns the exit code. The objects declared first are destroyed last: the watchdog must still run
// while other threads end, and ends the process if one does not.
Result<int> run(const std::string& path) {
  if (auto kept = keep_only(kNetRaw); !kept) return std::unexpected(kept.error());
  const SystemClock clock;
  const auto threads = std::make_shared<ThreadRegistry>();
  std::optional<Log> log;
  std::optional<Watchdog> watchdog;
  SweepThread sweeps(run_sweep, *threads);
  // Drops the capabilities in this thread; every thread started from here on inherits that.
  if (auto dropped = keep_only(0); !dropped) return std::unexpected(dropped.error());
  auto config = load_config(path);
  if (!config) return std::unexpected(config.error());
  log.emplace(config->log, clock);
  const ServiceSignals signals;
  watchdog.emplace(*threads, *log);
  const auto run_there = [&sweeps](const auto& table, const auto& request, const auto& hooks) {
    return sweeps.run(table, request, hooks);
  };
  auto service = Service::start(*config, {run_there, request_of(config->sweep, config->scope)},
                                clock, *log, threads);
  if (!service) {
    return report_end(*watchdog, std::unexpected(service.error()));
  }
  const StuckListener withdraws(*watchdog, (*service)->publisher());
  std::optional<web::ApiStarter> api;  // destroyed first: the service serves its requests
  if (!config->http.listen.empty()) {
    api.emplace(config->http, config->history, **service, clock, *log, web::ApiStarter::Options{});
  }
  return report_end(*watchdog, (*service)->run());
}

}  // namespace

void add_watch_command(CLI::App& app, Commands& commands) {
  auto path = std::make_shared<std::string>();
  CLI::App* watch =
      app.add_subcommand("watch", "ask the fleet continuously, and tell what changed");
  watch
      ->add_option("--config", *path,
                   "as /usr/share/doc/rollcall/examples/rollcall.toml documents it")
      ->required()
      ->type_name("FILE");
  watch->footer(
      "Runs until SIGTERM or SIGINT. SIGHUP reads the inventory and the configuration again; the "
      "log "
      "says what needs a restart.\nExit: 0 ended by a signal, 3 could not begin, 70 ended by force "
      "because a thread\nmade no progress.\n\nExample:\n"
      "  rollcall watch --config /etc/rollcall/rollcall.toml");
  commands.add(*watch, [path] { return run(*path); });
}

}  // namespace rollcall::cli
