#include "scheduler/alert/mail.h"

#include <fmt/format.h>

#include <map>

#include "engine/inventory/text/diagnostic.h"
#include "scheduler/alert/transport/mail_text.h"
#include "scheduler/history/sqlite/content_hash.h"

namespace rollcall::alert {
namespace {

// Limit for messages that reached only some recipients. Above it, a retry sends some recipients the
// mail twice.
constexpr std::size_t kMessagesMax = 1000;

class Mailbox final : public Receiver {
 public:
  explicit Mailbox(MailSettings settings) : settings_(std::move(settings)) {}

  const std::string& name() const override { return settings_.name; }
  // Mail servers slow down a client that returns too often.
  ReceiverTraits traits() const override { return {.rest_max = std::chrono::minutes(1)}; }
  std::string setup_problem() const override { return problem_of({&settings_.server.password}); }
  DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch,
                          const DeliveryContext& context, std::stop_token stop) override {
    const history::OutboxMessage& message = batch.front();
    const auto alert = alert_from(message);
    if (!alert) return {Acceptance::kRefused, alert.error().to_string()};
    const auto password = settings_.server.password.read();
    if (!password) return {Acceptance::kTryAgain, password.error().to_string()};
    const Envelope envelope{settings_.from, settings_.to, history::content_hash(message.key)};
    const std::vector<std::string> left = recipients_left(message.key);
    const Mail mail{settings_.from, left, mail_text(*alert, envelope, context.now)};
    const TransferReply answer = send(settings_.server, *password, mail, stop);
    if (!answer.trouble.empty()) return {Acceptance::kTryAgain, answer.trouble};
    return judge(message.key, answer.refused);
  }

 private:
  // The recipients that earlier attempts of this message did not reach.
  std::vector<std::string> recipients_left(const std::string& key) const {
    const auto found = left_.find(key);
    return found == left_.end() ? settings_.to : found->second;
  }
  // Retries only the recipients that the server refused temporarily, so that the others get one
  // mail.
  DeliveryOutcome judge(const std::string& key, const std::vector<RefusedRecipient>& refused) {
    std::vector<std::string> left;
    std::string reason;
    for (const RefusedRecipient& each : refused) {
      if (each.for_now) left.push_back(each.address);
      reason += fmt::format("{}the server refuses {}: {}", reason.empty() ? "" : "; ",
                            inventory::escaped(each.address, 320), each.reply);
    }
    left_.erase(key);
    if (left.empty()) return {Acceptance::kYes, std::move(reason)};
    if (left_.size() < kMessagesMax) left_[key] = std::move(left);
    return {Acceptance::kTryAgain, std::move(reason)};
  }

  MailSettings settings_;
  std::map<std::string, std::vector<std::string>> left_;  // by the message's key
};

}  // namespace

Result<std::unique_ptr<Receiver>> make_mail(MailSettings settings) {
  if (const auto url = check_url(settings.server.url, {"smtp", "smtps"}, settings.name); !url) {
    return std::unexpected(url.error());
  }
  if (settings.to.empty()) {
    return fail(ErrorCode::kUsage, settings.name + ": to whom shall the mail go?");
  }
  std::vector<std::string> addresses = settings.to;
  addresses.push_back(settings.from);
  for (const std::string& address : addresses) {
    if (is_mail_address(address)) continue;
    return fail(ErrorCode::kUsage, fmt::format("{}: {} is no mail address", settings.name,
                                               inventory::in_quotes(address)));
  }
  return std::make_unique<Mailbox>(std::move(settings));
}

}  // namespace rollcall::alert
