#include "cli/options/sending_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "cli/options/choice.h"
#include "engine/base/random.h"

namespace rollcall::cli {
namespace {

constexpr double kRateMax = 10e6;

// Does not use CLI11's range check, because that accepts NaN.
Result<PacketRate> parse_rate(const char* option, const std::string& text) {
  char* end = nullptr;
  const double rate = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(rate >= 1 && rate <= kRateMax)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: '{}' is no number of probes a second from 1 to {:.0f}", option,
                            text, kRateMax));
  }
  return PacketRate{rate};
}

// CLI11 alone reads -1 as the largest number, and accepts numbers above the range.
std::string diagnostic_of_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  const bool is_one = error == std::errc() && end == text.data() + text.size();
  return is_one ? "" : fmt::format("'{}' is no whole number from 0 to 2^64 - 1", text);
}

}  // namespace

void add_sending_options(CLI::App& command, SendingOptions& options) {
  command
      .add_option("--rate", options.rate,
                  "probes a second in all; auto (the default) starts at 40000 and finds the "
                  "highest rate at which nothing is lost")
      ->type_name("N|auto");
  command
      .add_option("--group-rate", options.group_rate,
                  "most questions a second to one group (default: 500)")
      ->type_name("N");
  command
      .add_option("--interface", options.interface,
                  "probes and connects leave through this interface only")
      ->type_name("IF");
  command.add_option("--source", options.source, "send from this address of ours")
      ->type_name("ADDR");
  command
      .add_option("--capture-ring", options.capture_ring_mib,
                  "memory for replies that wait to be read (default: 32)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("MIB");
  add_choice<LaneChoice>(
      command, "--lane", options.lane,
      {{"auto", LaneChoice::kAuto},
       {"io_uring", LaneChoice::kUring},
       {"sendmmsg", LaneChoice::kSendmmsg},
       {"ip", LaneChoice::kIp}},
      "how SYNs leave: sendmmsg (auto) or io_uring on a packet socket, or raw IP");
  command.add_option("--seed", options.seed, "of the scan order, to ask in the same one again")
      ->check(diagnostic_of_seed)
      ->type_name("N");
}

Result<SweepRequest> sweep_request(const SendingOptions& options) {
  const bool is_auto = options.rate == "auto";
  auto rate =
      is_auto ? Result<PacketRate>(PacketRate{kRateMax}) : parse_rate("--rate", options.rate);
  if (!rate) return std::unexpected(rate.error());
  auto group_rate = parse_rate("--group-rate", options.group_rate);
  if (!group_rate) return std::unexpected(group_rate.error());
  SweepRequest request{.routes = {.interface = options.interface, .source = std::nullopt},
                       .lane = options.lane,
                       .rate = *rate,
                       .group_rate = *group_rate,
                       .capture_ring_bytes = std::size_t{options.capture_ring_mib} << 20,
                       .seed = options.seed ? *options.seed : random_seed()};
  if (is_auto) {
    request.auto_rate = kAutoStart;
    request.rate_memory = std::make_shared<RateMemory>();
  }
  if (!options.source.empty()) {
    request.routes.source = Address::parse(options.source);
    if (!request.routes.source) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--source: '{}' is not an address", options.source));
    }
  }
  return request;
}

PacketRate rate_at_first(const SweepRequest& request, const inventory::TargetTable& table) {
  return sweep::even_rate(table, request.auto_rate.value_or(request.rate), request.group_rate);
}

Pace pace_of(const SweepRequest& request, const inventory::TargetTable& table) {
  const PacketRate wanted = request.auto_rate.value_or(request.rate);
  return {
      .planned = rate_at_first(request, table),
      .limit = sweep::even_rate(table, request.rate, request.group_rate),
      .is_slowed_by_group_rate = sweep::is_slowed_by_group_rate(table, wanted, request.group_rate)};
}

bool finds_its_rate(const SweepRequest& request, const inventory::TargetTable& table) {
  return request.auto_rate &&
         rate_at_first(request, table).per_second >= request.auto_rate->per_second;
}

}  // namespace rollcall::cli
