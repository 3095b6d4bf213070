#include "cli/config/parse_alerts.h"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

void read_url(TomlSection& section, const std::vector<std::string_view>& schemes,
              std::string& value) {
  section.text("url", [&](const std::string& text) -> Result<void> {
    value = text;
    return check_url(text, schemes);
  });
  section.require("url");
}

// Reads the names of receivers and checks that they are unique. The stored queue of alerts
// identifies receivers by name, also after a restart.
class Names {
 public:
  void read(TomlSection& section, std::string_view kind, std::size_t number, std::string& name) {
    name = fmt::format("{}-{}", kind, number + 1);
    section.text("name", name);
    if (name.empty()) section.diagnostic("name", "is empty");
    if (std::ranges::find(taken_, name) != taken_.end()) {
      section.diagnostic(
          "name", fmt::format("'{}' is taken by another receiver; give each its own name", name));
    }
    taken_.push_back(name);
  }
  bool empty() const { return taken_.empty(); }

 private:
  std::vector<std::string> taken_;
};

void read_http_access(TomlSection& section, HttpAccessConfig& http) {
  read_url(section, {"http", "https"}, http.url);
  read_path(section, "token_file", http.token_file);
  section.text("user", http.user);
  read_path(section, "password_file", http.password_file);
  read_path(section, "ca_file", http.ca_file);
  read_path(section, "cert_file", http.cert_file);
  read_path(section, "key_file", http.key_file);
  if (http.user.empty() != http.password_file.empty()) {
    section.diagnostic(http.user.empty() ? "password_file" : "user",
                       "basic authentication needs user and password_file: give both");
  }
  if (http.cert_file.empty() != http.key_file.empty()) {
    section.diagnostic(http.cert_file.empty() ? "key_file" : "cert_file",
                       "a client certificate needs cert_file and key_file: give both");
  }
  if (!http.user.empty() && !http.token_file.empty()) {
    section.diagnostic("token_file", "a request holds either a token or a user: leave out one");
  }
}

void read_alertmanager(TomlSection& section, AlertmanagerConfig& alertmanager) {
  read_http_access(section, alertmanager.http);
}

void read_webhook(TomlSection& section, WebhookConfig& webhook) {
  read_path(section, "signing_key_file", webhook.signing_key_file);
  read_http_access(section, webhook.http);
}

void read_command(TomlSection& section, CommandConfig& command) {
  section.texts("command", command.argv);
  if (command.argv.empty() || !check_path(command.argv.front())) {
    section.diagnostic("command", "its first word must be the absolute path of a program");
  }
  read_duration(section, "limit", {.least = 1s, .most = 10min}, command.limit);
}

void read_email(TomlSection& section, MailConfig& mail) {
  read_url(section, {"smtp", "smtps"}, mail.url);
  section.flag("starttls", mail.starttls);
  section.text("user", mail.user);
  read_path(section, "password_file", mail.password_file);
  read_path(section, "ca_file", mail.ca_file);
  const auto check = [](const std::string& text) -> Result<void> {
    const bool is_odd = std::ranges::any_of(text, [](char c) { return c <= ' ' || c > '~'; });
    const std::size_t at = text.find('@');
    if (!is_odd && at != 0 && at != std::string::npos && at + 1 < text.size()) return {};
    return fail(ErrorCode::kInput, "is no mail address");
  };
  section.text("from", [&](const std::string& text) {
    mail.from = text;
    return check(text);
  });
  section.texts("to", [&](const std::string& text) {
    mail.to.push_back(text);
    return check(text);
  });
  section.require("from");
  if (mail.to.empty()) section.diagnostic("to", "names nobody");
}

}  // namespace

void read_alerts(TomlSection& section, AlertConfig& alerts) {
  Names names;
  const auto each = [&](const char* kind, auto& receivers, auto read) {
    section.tables(kind, [&](TomlSection& receiver) {
      auto& value = receivers.emplace_back();
      names.read(receiver, kind, receivers.size() - 1, value.name);
      read(receiver, value);
    });
  };
  each("alertmanager", alerts.alertmanagers, read_alertmanager);
  each("webhook", alerts.webhooks, read_webhook);
  each("command", alerts.commands, read_command);
  each("email", alerts.mails, read_email);

  Duration heartbeat{};
  read_duration(section, "heartbeat", {.least = 10s, .most = 5min}, heartbeat);
  if (heartbeat == Duration{}) return;
  alerts.heartbeat = heartbeat;
  if (names.empty()) section.diagnostic("heartbeat", "there is no receiver that would hear it");
}

void read_duration(TomlSection& section, const char* key, const DurationLimits& limits,
                   Duration& value) {
  section.text(key, [&](const std::string& text) -> Result<void> {
    const auto duration = duration_within(text, limits);
    if (!duration) return std::unexpected(duration.error());
    value = *duration;
    return {};
  });
}

void read_path(TomlSection& section, const char* key, std::string& value) {
  section.text(key, [&](const std::string& text) {
    value = text;
    return check_path(text);
  });
}

void read_paths(TomlSection& section, const char* key, std::vector<std::string>& values) {
  section.texts(key, [&](const std::string& text) {
    values.push_back(text);
    return check_path(text);
  });
}

void read_urls(TomlSection& section, const char* key, std::vector<std::string>& values) {
  section.texts(key, [&](const std::string& text) {
    values.push_back(text);
    return check_url(text, {"http", "https"});
  });
}

}  // namespace rollcall::cli
