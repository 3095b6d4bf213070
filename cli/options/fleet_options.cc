#include "cli/options/fleet_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/options/choice.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

constexpr const char* kInventoryVariable = "ROLLCALL_INVENTORY";
constexpr const char* kInventoryDefault = "/etc/rollcall/fleet.csv";

std::unexpected<Error> bad_option(const char* option, const Error& error) {
  return fail(error.code, fmt::format("{}: {}", option, error.context));
}

Result<std::string> default_inventory(bool takes_targets) {
  // Read once at start, before any thread exists.
  const char* named = std::getenv(kInventoryVariable);  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && *named != '\0') return named;
  if (::access(kInventoryDefault, F_OK) == 0) return kInventoryDefault;
  return fail(
      ErrorCode::kUsage,
      fmt::format("nobody to ask: name {}an inventory with -i FILE or ${}, or put one at {}; see "
                  "--help",
                  takes_targets ? "targets, or " : "", kInventoryVariable, kInventoryDefault));
}

Result<void> add_canaries(const char* option, const std::vector<std::string>& texts,
                          inventory::CanaryKind kind, inventory::LoadRequest& request) {
  for (const std::string& text : texts) {
    const auto canary = inventory::parse_canary(text, kind);
    if (!canary) return bad_option(option, canary.error());
    request.canaries.push_back(*canary);
  }
  return {};
}

Result<void> add_all_canaries(const FleetOptions& options, inventory::LoadRequest& request) {
  using enum inventory::CanaryKind;
  if (auto ok = add_canaries("--canary", options.canaries, kUp, request); !ok) return ok;
  if (auto ok = add_canaries("--canary-closed", options.canaries_closed, kClosed, request); !ok) {
    return ok;
  }
  return add_canaries("--canary-unused", options.canaries_unused, kUnused, request);
}

}  // namespace

Result<inventory::Scope> scope_of(const FleetOptions& options) {
  std::vector<AddressRange> allowed;
  for (const std::string& text : options.allow) {
    auto range = inventory::parse_range(text);
    if (!range) return bad_option("--allow", range.error());
    allowed.push_back(*range);
  }
  return inventory::Scope(std::move(allowed));
}

namespace {

Result<inventory::LoadRequest> load_request(const FleetOptions& options, std::uint64_t seed) {
  inventory::LoadRequest request{.files = options.files,
                                 .default_expect = options.expect,
                                 .only_groups = options.groups,
                                 .notes_file = options.notes,
                                 .seed = seed};
  for (const std::string& target : options.targets) {
    (target == "-" ? request.files : request.targets).push_back(target);
  }
  // A target on the command line is in the group of its own prefix, so --group would drop it
  // silently.
  if (!request.only_groups.empty() && !request.targets.empty()) {
    return fail(ErrorCode::kUsage, fmt::format("--group {} chooses from an inventory, and {} is "
                                               "named beside it: leave one of the two out",
                                               inventory::in_quotes(request.only_groups.front()),
                                               inventory::in_quotes(request.targets.front())));
  }
  if (request.files.empty() && request.targets.empty()) {
    auto file = default_inventory(options.takes_targets);
    if (!file) return std::unexpected(file.error());
    request.files.push_back(*file);
  }
  if (!options.ports.empty()) {
    auto ports = inventory::parse_ports(options.ports);
    if (!ports) return bad_option("-p", ports.error());
    request.default_ports = std::move(*ports);
  }
  for (const std::string& text : options.exclude) {
    auto range = inventory::parse_range(text);
    if (!range) return bad_option("--exclude", range.error());
    request.exclude.push_back(*range);
  }
  auto scope = scope_of(options);
  if (!scope) return std::unexpected(scope.error());
  request.scope = *std::move(scope);
  if (auto added = add_all_canaries(options, request); !added) {
    return std::unexpected(added.error());
  }
  return request;
}

}  // namespace

void add_fleet_options(CLI::App& command, FleetOptions& options) {
  command
      .add_option("-i,--inventory", options.files,
                  "inventory: CSV, one target a line, or file_sd JSON; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("-p,--ports", options.ports,
                  "ports of targets that name none, as 80,443 or 8000-8003")
      ->type_name("PORTS");
  add_choice<inventory::Expect>(
      command, "--expect", options.expect,
      {{"open", inventory::Expect::kOpen}, {"bound", inventory::Expect::kBound}},
      "where the inventory is silent: open (default) wants a listener, bound also takes a refusal");
  command.add_option("--exclude", options.exclude, "never ask these; repeatable")
      ->type_name("CIDR")
      ->allow_extra_args(false);
  command
      .add_option("--allow", options.allow,
                  "ask only these: a target or canary outside of them is an error; repeatable")
      ->type_name("CIDR")
      ->allow_extra_args(false);
  command.add_option("--notes", options.notes, "what the staff knows: lines of GROUP: TEXT")
      ->type_name("FILE");
}

void add_canary_options(CLI::App& command, FleetOptions& options) {
  const auto add = [&command](const char* name, std::vector<std::string>& into, const char* what) {
    command.add_option(name, into, what)->type_name("ADDR:PORT")->allow_extra_args(false);
  };
  add("--canary", options.canaries,
      "known to answer, outside of the fleet: where nobody in it does, this tells whether this "
      "host is to blame; repeatable");
  add("--canary-closed", options.canaries_closed,
      "known to refuse: a listener there is a lie of the path; repeatable");
  add("--canary-unused", options.canaries_unused,
      "an address that nobody has: an answer is a lie of the path; repeatable");
}

Result<inventory::Inventory> load_fleet(const FleetOptions& options, std::uint64_t seed) {
  auto request = load_request(options, seed);
  if (!request) return std::unexpected(request.error());
  return inventory::load_inventory(*request);
}

std::vector<InputFile> fleet_inputs(const FleetOptions& options) {
  std::vector<InputFile> inputs;
  const auto add_inventory = [&inputs](const std::string& path) {
    inputs.push_back({path == "-" ? "/dev/stdin" : path, "the inventory"});
  };
  for (const std::string& file : options.files) add_inventory(file);
  for (const std::string& target : options.targets) {
    if (target == "-") add_inventory(target);
  }
  if (options.files.empty() && options.targets.empty()) {
    if (const auto file = default_inventory(options.takes_targets)) add_inventory(*file);
  }
  if (!options.notes.empty()) inputs.push_back({options.notes, "the file of notes"});
  return inputs;
}

}  // namespace rollcall::cli
