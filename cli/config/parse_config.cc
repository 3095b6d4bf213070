#include "cli/config/parse_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cli/config/config_values.h"
#include "cli/config/parse_alerts.h"
#include "cli/config/toml_section.h"
#include "engine/base/text/name_text.h"
#include "engine/inventory/load.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/whole_file.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr double kRateMax = 10e6;  // as --rate
constexpr std::size_t kDescriptionBytesMax = 300;

void read_inventory(TomlSection& section, InventoryConfig& inventory) {
  read_paths(section, "files", inventory.files);
  read_paths(section, "directories", inventory.directories);
  read_urls(section, "urls", inventory.urls);
  read_path(section, "notes", inventory.notes);
  section.text("ports", [&](const std::string& text) -> Result<void> {
    auto ports = inventory::parse_ports(text);
    if (!ports) return std::unexpected(ports.error());
    inventory.ports = *std::move(ports);
    return {};
  });
  section.choice<inventory::Expect>(
      "expect", inventory.expect,
      {{"open", inventory::Expect::kOpen}, {"bound", inventory::Expect::kBound}});
  section.texts("exclude", [&](const std::string& text) -> Result<void> {
    const auto range = inventory::parse_range(text);
    if (!range) return std::unexpected(range.error());
    inventory.exclude.push_back(*range);
    return {};
  });
  read_duration(section, "refresh", {.least = 5s, .most = 24h}, inventory.refresh);
  std::int64_t percent = inventory.shrink_percent_max;
  section.whole("shrink_percent_max", 0, 100, percent);
  inventory.shrink_percent_max = static_cast<unsigned>(percent);
  section.number("growth_factor_max", 1, 1e9, inventory.growth_factor_max);
  auto targets = static_cast<std::int64_t>(inventory.targets_max);
  section.whole("targets_max", 1, static_cast<std::int64_t>(inventory::kTargetsMax), targets);
  inventory.targets_max = static_cast<std::uint64_t>(targets);
  if (inventory.files.empty() && inventory.directories.empty() && inventory.urls.empty()) {
    section.diagnostic("files", "no source; name files, directories or urls");
  }
}

void read_scope(TomlSection& section, ScopeConfig& scope) {
  section.texts("allow", [&](const std::string& text) -> Result<void> {
    const auto range = inventory::parse_range(text);
    if (!range) return std::unexpected(range.error());
    scope.allow.push_back(*range);
    return {};
  });
}

void read_rule(TomlSection& section, watch::Intervals& intervals) {
  watch::IntervalRule rule;
  section.text("group", rule.group);
  normalise_name(rule.group);
  std::int64_t port = 0;
  section.whole("port", 1, 65535, port);
  if (port > 0) rule.port = Port{static_cast<std::uint16_t>(port)};
  read_duration(section, "interval", {.least = watch::kShortestInterval}, rule.interval);
  section.require("interval");
  if (rule.group.empty() && !rule.port) section.diagnostic("group", "name a group, a port or both");
  if (rule.interval > Duration{}) intervals.rules.push_back(std::move(rule));
}

void read_rate(TomlSection& section, std::optional<PacketRate>& rate) {
  if (section.is_text("rate")) {
    return section.text("rate", [&](const std::string& text) -> Result<void> {
      rate = std::nullopt;
      if (text == "auto") return {};
      return fail(ErrorCode::kInput,
                  fmt::format("write a number from 1 to {}, or \"auto\"", kRateMax));
    });
  }
  double per_second = 0;
  section.number("rate", 1, kRateMax, per_second);
  if (per_second > 0) rate = PacketRate{per_second};
}

void read_sweep(TomlSection& section, SweepConfig& sweep) {
  read_duration(section, "interval", {.least = watch::kShortestInterval}, sweep.intervals.fleet);
  section.tables("override", [&](TomlSection& rule) { read_rule(rule, sweep.intervals); });
  read_rate(section, sweep.rate);
  section.number("group_rate", 1, kRateMax, sweep.group_rate.per_second);
  section.text("interface", sweep.interface);
  section.text("source", [&](const std::string& text) -> Result<void> {
    sweep.source = Address::parse(text);
    if (!sweep.source) return fail(ErrorCode::kInput, "is not an address");
    return {};
  });
  section.choice<LaneChoice>("lane", sweep.lane,
                             {{"auto", LaneChoice::kAuto},
                              {"io_uring", LaneChoice::kUring},
                              {"sendmmsg", LaneChoice::kSendmmsg},
                              {"ip", LaneChoice::kIp}});
}

void read_judgement(TomlSection& section, watch::Settings& settings) {
  read_duration(section, "confirm_span", {.least = 5s, .most = 1h}, settings.confirm_span);
  read_duration(section, "settling", {.least = 0s, .most = 1h}, settings.settling);
  read_duration(section, "flap_window", {.least = 1min}, settings.flap_window);
  read_duration(section, "never_answered_after", {.least = 0s, .most = 24h * 365},
                settings.never_answered_after);
  read_duration(section, "never_answered_alone_after", {.least = 0s, .most = 24h * 365},
                settings.never_answered_alone_after);
  std::int64_t changes = settings.flap_changes;
  section.whole("flap_changes", 2, 100, changes);
  settings.flap_changes = static_cast<unsigned>(changes);
  double percent = settings.fleet_share * 100;
  section.number("fleet_percent", 1, 100, percent);
  settings.fleet_share = percent / 100;
}

void read_history(TomlSection& section, HistoryConfig& history) {
  read_path(section, "folder", history.folder);
  read_duration(section, "keep", {.least = 24h, .most = 24h * 3650}, history.keep);
  std::int64_t megabytes = static_cast<std::int64_t>(history.size_max_bytes >> 20);
  section.whole("size_max_mb", 16, 1 << 20, megabytes);
  history.size_max_bytes = static_cast<std::uint64_t>(megabytes) << 20;
}

void read_http(TomlSection& section, HttpConfig& http) {
  bool is_open = false;
  section.text("listen", [&](const std::string& text) -> Result<void> {
    http.listen = text;
    if (text.empty()) return {};
    const auto endpoint = endpoint_in(text);
    if (!endpoint) return std::unexpected(endpoint.error());
    is_open = !is_loopback(endpoint->address);
    return {};
  });
  section.text("external_url", [&](const std::string& text) -> Result<void> {
    auto url = external_url_in(text);
    if (!url) return std::unexpected(url.error());
    http.external_url = *std::move(url);
    return {};
  });
  read_path(section, "token_file", http.token_file);
  read_path(section, "web_config", http.web_config);
  if (is_open && http.web_config.empty()) {
    section.diagnostic("listen",
                       "others can reach this address: set web_config, with TLS and users");
  }
}

void read_log(TomlSection& section, LogConfig& log) {
  section.choice<LogFormat>("format", log.format,
                            {{"text", LogFormat::kText}, {"json", LogFormat::kJson}});
  section.choice<LogLevel>("level", log.level,
                           {{"debug", LogLevel::kDebug},
                            {"info", LogLevel::kInfo},
                            {"warning", LogLevel::kWarning},
                            {"error", LogLevel::kError}});
}

void read_document(TomlSection& document, Config& config) {
  document.text("site", config.site);
  document.text("vantage", config.vantage);
  document.texts("canaries", [&](const std::string& text) -> Result<void> {
    const auto canary = endpoint_in(text);
    if (!canary) return std::unexpected(canary.error());
    config.canaries.push_back(*canary);
    return {};
  });
  const auto below = [&](const char* key, auto read, auto& value) {
    document.table(key, [&](TomlSection& section) { read(section, value); });
  };
  below("inventory", read_inventory, config.inventory);
  below("scope", read_scope, config.scope);
  below("sweep", read_sweep, config.sweep);
  below("judgement", read_judgement, config.judgement);
  below("history", read_history, config.history);
  below("alerts", read_alerts, config.alerts);
  below("http", read_http, config.http);
  below("log", read_log, config.log);
  document.require("inventory");
  document.finish();
}

Error error_of(std::vector<ConfigDiagnostic>& diagnostics, const std::string& name) {
  std::ranges::sort(diagnostics, {}, [](const ConfigDiagnostic& diagnostic) {
    return std::tuple(diagnostic.at.line, diagnostic.at.column, std::string_view(diagnostic.what));
  });
  std::string lines;
  for (const ConfigDiagnostic& diagnostic : diagnostics) {
    if (!lines.empty()) lines += '\n';
    // Tables that are only implied have no position of their own.
    lines += inventory::error_at(name, std::max(diagnostic.at.line, 1u),
                                 std::max(diagnostic.at.column, 1u), diagnostic.what)
                 .context;
  }
  return {ErrorCode::kInput, 0, std::move(lines)};
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& name) {
  std::vector<ConfigDiagnostic> diagnostics;
  Config config;
  try {
    const toml::table table = toml::parse(text);
    TomlSection document(table, "", diagnostics);
    read_document(document, config);
  } catch (const toml::parse_error& error) {
    diagnostics.push_back(
        {error.source().begin, inventory::escaped(error.description(), kDescriptionBytesMax)});
  }
  if (!diagnostics.empty()) return std::unexpected(error_of(diagnostics, name));
  return config;
}

Result<Config> load_config(const std::string& path) {
  auto file = inventory::read_whole(path, kConfigBytesMax);
  if (!file) return std::unexpected(file.error());
  auto config = parse_config(file->text, file->name);
  if (config) config->path = path;
  return config;
}

}  // namespace rollcall::cli
