// A sweep whose key and epoch the test knows, so that it can prepare, or forge, the very 4-tuples
// that the sweep is about to use.
//
//   known_sweep KEY tuples SELF FLEET   one line for each target and attempt of the epoch:
//                                       ADDRESS PORT ATTEMPT SELF_PORT SEQ
//   known_sweep KEY sweep RATE FLEET    the real sweep, to its JSON with every target
//
// KEY is a number. There is no preflight: what leaves must be nothing but this one sweep.
#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <span>
#include <string_view>

#include "cli/render/render.h"
#include "cli/run/run_sweep.h"
#include "engine/inventory/load.h"
#include "engine/packet/port_schedule.h"

namespace {

using namespace rollcall;

constexpr Epoch kEpoch{1000};
constexpr int kBadUsage = 64;

int fail(std::string_view text) {
  fmt::print(stderr, "known_sweep: {}\n", text);
  return kBadUsage;
}

int print_tuples(const inventory::TargetTable& table, const packet::CookieKey& key,
                 const Address& self) {
  const packet::PortSchedule ports(key, packet::kDefaultPortBase);
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const inventory::Target& target = table[{i}];
    for (Attempt attempt = 0; attempt < kAttemptsMax; ++attempt) {
      const Port port = ports.self_port(target.port_phase, {kEpoch, attempt});
      const TcpSeq cookie = key.cookie({self, target.address, port, target.port}, kEpoch);
      fmt::print("{} {} {} {} {}\n", target.address.to_string(), target.port.value, attempt,
                 port.value, packet::seq_of(cookie, table.place_of({i})).value);
    }
  }
  return 0;
}

int print_sweep(const inventory::TargetTable& table, const packet::CookieKey& key, double rate) {
  const cli::SweepRequest request{.rate = {rate}, .key = key, .epoch = kEpoch, .preflight = false};
  const auto result = cli::run_sweep(table, request, {});
  if (!result) return fail(result.error().to_string());
  cli::render(std::cout, table, *result, {.format = cli::Format::kJson, .all = true});
  return sweep::exit_code(*result);
}

bool parse(std::string_view text, auto& number) {
  return std::from_chars(text.begin(), text.end(), number).ptr == text.end();
}

int run(std::span<char*> arguments) {
  if (arguments.size() != 5) return fail("KEY tuples SELF FLEET | KEY sweep RATE FLEET");
  const std::string_view action = arguments[2], value = arguments[3];
  SipKey words{};
  if (!parse(arguments[1], words[0])) return fail("KEY is no number");
  const packet::CookieKey key(words);
  const auto fleet = inventory::load_inventory({.files = {arguments[4]}});
  if (!fleet) return fail(fleet.error().to_string());
  double rate = 0;
  if (action == "sweep" && parse(value, rate)) return print_sweep(fleet->table, key, rate);
  const auto self = Address::parse(value);
  if (action == "tuples" && self) return print_tuples(fleet->table, key, *self);
  return fail("the action is unknown, or SELF no address, or RATE no number");
}

}  // namespace

int main(int argc, char** argv) {
  return run({argv, static_cast<std::size_t>(argc)});
}
