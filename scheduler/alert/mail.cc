#include "scheduler/alert/mail.h"

#include <fmt/format.h>

#include "engine/inventory/flaw.h"
#include "scheduler/alert/mail_text.h"
#include "scheduler/history/content_hash.h"

namespace rollcall::alert {
namespace {

class Mailbox final : public Receiver {
 public:
  explicit Mailbox(MailSettings settings) : settings_(std::move(settings)) {}

  const std::string& name() const override { return settings_.name; }
  Outcome deliver(std::span<const history::OutboxMessage> batch, const DeliveryContext& context,
                  std::stop_token stop) override {
    const history::OutboxMessage& message = batch.front();
    const auto alert = alert_from(message);
    if (!alert) return {Taken::kRefused, alert.error().to_string()};
    const Envelope envelope{settings_.from, settings_.to, history::content_hash(message.key)};
    const Mail mail{settings_.from, settings_.to, mail_text(*alert, envelope, context.now)};
    const Answer answer = send(settings_.server, mail, stop);
    if (answer.trouble.empty()) return {Taken::kYes, ""};
    return {Taken::kTryAgain, answer.trouble};
  }

 private:
  MailSettings settings_;
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
