#include "cli/service/journal/receivers.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/alert/alertmanager.h"
#include "scheduler/alert/command.h"
#include "scheduler/alert/mail.h"
#include "scheduler/alert/webhook.h"

namespace rollcall::cli {
namespace {

using alert::SecretSource;

// After this many missed repeats, an Alertmanager considers an alert resolved.
constexpr int kRepeatsMissed = 4;
constexpr Duration kStateIntervalMax = std::chrono::seconds(20);

alert::HttpAccess access_of(const HttpAccessConfig& config) {
  return {.bearer = SecretSource::in_file(config.token_file),
          .user = config.user,
          .password = SecretSource::in_file(config.password_file),
          .ca_file = config.ca_file,
          .cert_file = config.cert_file,
          .key_file = config.key_file};
}

Result<std::unique_ptr<alert::Receiver>> make(const AlertmanagerConfig& config, Duration hold) {
  return alert::make_alertmanager({.name = config.name,
                                   .url = config.http.url,
                                   .access = access_of(config.http),
                                   .hold = hold});
}

Result<std::unique_ptr<alert::Receiver>> make(const WebhookConfig& config) {
  return alert::make_webhook({.name = config.name,
                              .url = config.http.url,
                              .signing_key = SecretSource::in_file(config.signing_key_file),
                              .access = access_of(config.http)});
}

Result<std::unique_ptr<alert::Receiver>> make(const CommandConfig& config) {
  return alert::make_command(
      {.name = config.name,
       .argv = config.argv,
       .limit = std::chrono::duration_cast<std::chrono::milliseconds>(config.limit)});
}

Result<std::unique_ptr<alert::Receiver>> make(const MailConfig& config) {
  return alert::make_mail({.name = config.name,
                           .server = {.url = config.url,
                                      .starttls = config.starttls,
                                      .user = config.user,
                                      .password = SecretSource::in_file(config.password_file),
                                      .ca_file = config.ca_file},
                           .from = config.from,
                           .to = config.to});
}

}  // namespace

Duration repeat_interval(const AlertConfig& config) {
  return config.heartbeat.value_or(std::chrono::minutes(1));
}

Duration state_interval(const AlertConfig& config) {
  return std::min<Duration>(repeat_interval(config), kStateIntervalMax);
}

std::vector<std::string> exposed_secrets(const Config& config) {
  std::vector<std::string> files{config.http.token_file};
  const auto add = [&](const HttpAccessConfig& http) {
    files.insert(files.end(), {http.token_file, http.password_file, http.key_file});
  };
  for (const auto& one : config.alerts.alertmanagers) add(one.http);
  for (const auto& one : config.alerts.webhooks) {
    files.push_back(one.signing_key_file);
    add(one.http);
  }
  for (const auto& one : config.alerts.mails) files.push_back(one.password_file);
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  std::vector<std::string> warnings;
  for (const std::string& file : files) {
    std::string warning = alert::exposure_warning(file);
    if (!warning.empty()) warnings.push_back(std::move(warning));
  }
  return warnings;
}

Result<Receivers> make_receivers(const AlertConfig& config) {
  Receivers made;
  const auto add = [&](auto receiver, bool heartbeat) -> Result<void> {
    if (!receiver) return std::unexpected(receiver.error());
    made.recipients.push_back({.name = (*receiver)->name(),
                               .newest_only = (*receiver)->traits().newest_only,
                               .heartbeat = heartbeat});
    made.receivers.push_back(*std::move(receiver));
    return {};
  };
  const auto add_all = [&](const auto& configs, bool heartbeat, auto... more) -> Result<void> {
    for (const auto& one : configs) {
      if (auto added = add(make(one, more...), heartbeat); !added) return added;
    }
    return {};
  };
  const bool beats = config.heartbeat.has_value();
  const Duration hold = kRepeatsMissed * repeat_interval(config);
  auto added = add_all(config.alertmanagers, beats, hold);
  if (added) added = add_all(config.webhooks, beats);
  if (added) added = add_all(config.commands, beats);
  if (added) added = add_all(config.mails, false);  // too many mails: one per heartbeat
  if (!added) return std::unexpected(added.error());
  return made;
}

}  // namespace rollcall::cli
