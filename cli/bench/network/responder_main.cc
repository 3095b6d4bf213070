// The program rate_responder: attaches and reads the BPF responder for scripts (scripts/lab.sh up
// rate, bench/compare.sh).

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/bench/network/responder.h"
#include "engine/inventory/load.h"

namespace rollcall::bench {
namespace {

constexpr int kExitFailure = 3;

struct Arguments {
  std::string interface;
  std::string prefix;
  double silent_share = 0;
  unsigned every_ms = 0;
  unsigned times = 1;
};

Result<responder_rule> rule_of(const Arguments& arguments) {
  const auto prefix = inventory::parse_range(arguments.prefix);
  if (!prefix) return std::unexpected(prefix.error());
  return make_rule(*prefix, arguments.silent_share);
}

Result<void> attach(const Arguments& arguments) {
  const auto rule = rule_of(arguments);
  if (!rule) return std::unexpected(rule.error());
  return attach_responder(arguments.interface, *rule);
}

Result<void> list_silent(const Arguments& arguments) {
  const auto rule = rule_of(arguments);
  if (!rule) return std::unexpected(rule.error());
  for (std::uint64_t i = 0; i <= ~rule->mask; ++i) {
    const auto address = static_cast<std::uint32_t>(rule->network + i);
    if (responder_is_silent(address, rule->silent_below) == 0) continue;
    fmt::print("{}\n", Address::from_v4(address).to_string());
  }
  return {};
}

Result<void> print_counts(const Arguments& arguments) {
  const auto meter = ResponderMeter::open(arguments.interface);
  if (!meter) return std::unexpected(meter.error());
  for (unsigned i = 0; i < arguments.times; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(arguments.every_ms));
    const auto counts = meter->read();
    if (!counts) return std::unexpected(counts.error());
    const std::chrono::duration<double> at = std::chrono::steady_clock::now().time_since_epoch();
    fmt::print("{{\"at_s\":{:.4f},\"syns\":{},\"answered\":{},\"resets\":{}}}\n", at.count(),
               counts->syns, counts->answered, counts->resets);
    if (std::fflush(stdout) != 0) break;  // the reader has closed the pipe
  }
  return {};
}

int run(int argc, char** argv) {
  CLI::App app("Answers SYNs for a whole IPv4 prefix from one end of a lab's cable.",
               "rate_responder");
  app.require_subcommand(1);
  Arguments arguments;
  Result<void> done;
  const auto take_rule = [&arguments](CLI::App& command) {
    command.add_option("PREFIX", arguments.prefix, "IPv4 CIDR")->required();
    command.add_option("--silent", arguments.silent_share, "share that never answers, 0 to 1");
  };
  CLI::App* attaching = app.add_subcommand("attach", "to an interface; it goes with the interface");
  attaching->add_option("INTERFACE", arguments.interface)->required();
  take_rule(*attaching);
  attaching->callback([&] { done = attach(arguments); });
  CLI::App* counting = app.add_subcommand("counts", "what it has counted, as JSON");
  counting->add_option("INTERFACE", arguments.interface)->required();
  counting->add_option("--every-ms", arguments.every_ms, "pause between two readings");
  counting->add_option("--times", arguments.times, "readings");
  counting->callback([&] { done = print_counts(arguments); });
  CLI::App* listing = app.add_subcommand("silent", "list the addresses that never answer");
  take_rule(*listing);
  listing->callback([&] { done = list_silent(arguments); });
  CLI11_PARSE(app, argc, argv);
  if (done) return 0;
  fmt::print(stderr, "rate_responder: {}\n", done.error().to_string());
  return kExitFailure;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
  return rollcall::bench::run(argc, argv);
}
