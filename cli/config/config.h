// Config holds the content of rollcall.toml as values. packaging/rollcall.toml documents every key.
//
// Ownership: plain values that own everything.
// Units:     as named; durations are monotonic.
// Errors:    parse_config.h has checked everything that can be checked without the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run/lanes.h"
#include "engine/base/address.h"
#include "engine/base/clock.h"
#include "engine/base/units.h"
#include "engine/inventory/target_table.h"
#include "scheduler/watch/schedule.h"
#include "scheduler/watch/settings.h"

namespace rollcall::cli {

struct InventoryConfig {
  std::vector<std::string> files;
  std::vector<std::string> directories;  // every .csv, .txt and .json file in them
  std::vector<std::string> urls;         // http:// or https://
  std::string notes;                     // file; "": none
  std::vector<Port> ports;               // for targets that name none
  inventory::Expect expect = inventory::Expect::kOpen;
  std::vector<AddressRange> exclude;
  Duration refresh = std::chrono::minutes(1);
  unsigned shrink_percent_max = 20;       // a source that lost more is refused
  double growth_factor_max = 3;           // so is one that grew by more
  std::uint64_t targets_max = 4'000'000;  // of the fleet: limits memory
  bool operator==(const InventoryConfig&) const = default;
};

struct ScopeConfig {
  std::vector<AddressRange> allow;  // empty: everything
};

struct SweepConfig {
  watch::Intervals intervals;
  std::optional<PacketRate> rate;  // absent: auto
  PacketRate group_rate{500};
  std::string interface;
  std::optional<Address> source;
  LaneChoice lane = LaneChoice::kAuto;
  bool operator==(const SweepConfig&) const = default;
};

// An address outside the fleet that always answers. If no canary answers, this host's own path is
// broken.
struct CanaryConfig {
  Address address;
  Port port;
  bool operator==(const CanaryConfig&) const = default;
};

struct HistoryConfig {
  std::string folder = "/var/lib/rollcall";
  Duration keep = std::chrono::hours(24 * 400);
  // Beyond this size the oldest rows are deleted, at any age.
  std::uint64_t size_max_bytes = std::uint64_t{1} << 30;
  bool operator==(const HistoryConfig&) const = default;
};

// How to reach an HTTP receiver, and how to authenticate to it. Secrets stay in separate files, so
// that the configuration may be shown to anyone.
struct HttpAccessConfig {
  std::string url;
  std::string token_file;
  std::string user;
  std::string password_file;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool operator==(const HttpAccessConfig&) const = default;
};

struct AlertmanagerConfig {
  std::string name;
  HttpAccessConfig http;
  bool operator==(const AlertmanagerConfig&) const = default;
};

struct WebhookConfig {
  std::string name;
  std::string signing_key_file;
  HttpAccessConfig http;
  bool operator==(const WebhookConfig&) const = default;
};

struct CommandConfig {
  std::string name;
  std::vector<std::string> argv;  // argv[0] is an absolute path
  Duration limit = std::chrono::seconds(10);
  bool operator==(const CommandConfig&) const = default;
};

struct MailConfig {
  std::string name;
  std::string url;  // smtp://host:port or smtps://host:port
  bool starttls = true;
  std::string user;
  std::string password_file;
  std::string ca_file;
  std::string from;
  std::vector<std::string> to;
  bool operator==(const MailConfig&) const = default;
};

struct AlertConfig {
  std::vector<AlertmanagerConfig> alertmanagers;
  std::vector<WebhookConfig> webhooks;
  std::vector<CommandConfig> commands;
  std::vector<MailConfig> mails;
  std::optional<Duration> heartbeat;  // interval; absent: none
  bool operator==(const AlertConfig&) const = default;
};

// The URL below which a reverse proxy serves the page, as "https://noc.example.net/rollcall".
struct ExternalUrl {
  std::string text;  // without a slash at its end; "": there is none
  std::string host;  // in lower case, without a port
  std::string path;  // "/rollcall"; "" for the root
  bool operator==(const ExternalUrl&) const = default;
};

struct HttpConfig {
  std::string listen = "127.0.0.1:9750";  // "": no HTTP
  ExternalUrl external_url;
  std::string token_file;  // needed for changes, if there are no users
  std::string web_config;  // file of the exporter-toolkit: TLS and users; "": none
  bool operator==(const HttpConfig&) const = default;
};

enum class LogFormat : std::uint8_t { kText, kJson };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
struct LogConfig {
  LogFormat format = LogFormat::kText;
  LogLevel level = LogLevel::kInfo;
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::string path;     // the file that it was read from; "": none
  std::string site;     // "": there is only one
  std::string vantage;  // "": the host's name
  InventoryConfig inventory;
  ScopeConfig scope;
  SweepConfig sweep;
  std::vector<CanaryConfig> canaries;
  watch::Settings judgement;
  HistoryConfig history;
  AlertConfig alerts;
  HttpConfig http;
  LogConfig log;
};

}  // namespace rollcall::cli
