#include "cli/watch/receivers.h"

#include <algorithm>

#include "scheduler/alert/alertmanager.h"
#include "scheduler/alert/command.h"
#include "scheduler/alert/mail.h"
#include "scheduler/alert/webhook.h"

namespace rollcall::cli {
namespace {

using alert::Secret;

// After so many repeats that did not come, an Alertmanager takes an alert for ended.
constexpr int kRepeatsMissed = 4;
constexpr Duration kStateIntervalMax = std::chrono::seconds(20);

Result<Secret> secret_in(const std::string& file) {
  if (file.empty()) return Secret();
  return Secret::read({.file = file, .environment = ""});
}

Result<std::unique_ptr<alert::Receiver>> make(const AlertmanagerConfig& config, Duration hold) {
  auto bearer = secret_in(config.token_file);
  if (!bearer) return std::unexpected(bearer.error());
  return alert::make_alertmanager({.name = config.name,
                                   .url = config.url,
                                   .bearer = *std::move(bearer),
                                   .ca_file = config.ca_file,
                                   .hold = hold});
}

Result<std::unique_ptr<alert::Receiver>> make(const WebhookConfig& config) {
  auto key = secret_in(config.signing_key_file);
  if (!key) return std::unexpected(key.error());
  auto bearer = secret_in(config.token_file);
  if (!bearer) return std::unexpected(bearer.error());
  return alert::make_webhook({.name = config.name,
                              .url = config.url,
                              .signing_key = *std::move(key),
                              .bearer = *std::move(bearer),
                              .ca_file = config.ca_file});
}

Result<std::unique_ptr<alert::Receiver>> make(const CommandConfig& config) {
  return alert::make_command(
      {.name = config.name,
       .argv = config.argv,
       .limit = std::chrono::duration_cast<std::chrono::milliseconds>(config.limit)});
}

Result<std::unique_ptr<alert::Receiver>> make(const MailConfig& config) {
  auto password = secret_in(config.password_file);
  if (!password) return std::unexpected(password.error());
  return alert::make_mail({.name = config.name,
                           .server = {.url = config.url,
                                      .starttls = config.starttls,
                                      .user = config.user,
                                      .password = *std::move(password),
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
  if (added) added = add_all(config.mails, false);  // a mail a minute is read by nobody
  if (!added) return std::unexpected(added.error());
  return made;
}

}  // namespace rollcall::cli
