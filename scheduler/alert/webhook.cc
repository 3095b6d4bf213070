#include "scheduler/alert/webhook.h"

#include <sodium.h>

#include <array>

#include "scheduler/history/sqlite/content_hash.h"

namespace rollcall::alert {
namespace {

class Webhook final : public Receiver {
 public:
  explicit Webhook(WebhookSettings settings) : settings_(std::move(settings)) {}

  const std::string& name() const override { return settings_.name; }
  std::string setup_problem() const override {
    const std::string problem = problem_of({&settings_.signing_key});
    return problem.empty() ? settings_.access.problem() : problem;
  }
  DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch,
                          const DeliveryContext& context, std::stop_token stop) override {
    const history::OutboxMessage& message = batch.front();
    // Hashed, because a key contains names from outside, which must not get into a header.
    std::vector<std::string> headers{"Idempotency-Key: " + history::content_hash(message.key)};
    const auto key = settings_.signing_key.read();
    if (!key) return {Acceptance::kTryAgain, key.error().to_string()};
    if (!key->empty()) {
      const std::string sent_at = std::to_string(
          std::chrono::floor<std::chrono::seconds>(context.now).time_since_epoch().count());
      headers.push_back("X-Rollcall-Timestamp: " + sent_at);
      headers.push_back("X-Rollcall-Timed-Signature: " +
                        signature_of(sent_at + "." + message.payload, *key));
      headers.push_back("X-Rollcall-Signature: " + signature_of(message.payload, *key));
    }
    return judge(connection_.send(HttpPost{.url = settings_.url,
                                           .headers = std::move(headers),
                                           .body = message.payload,
                                           .access = settings_.access},
                                  stop));
  }

 private:
  WebhookSettings settings_;
  HttpConnection connection_;
};

}  // namespace

std::string signature_of(const std::string& body, const Secret& key) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code{};
  crypto_auth_hmacsha256_init(&state, bytes(key.reveal()), key.reveal().size());
  crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  crypto_auth_hmacsha256_final(&state, code.data());
  std::array<char, 2 * code.size() + 1> hex{};
  return std::string("sha256=") + sodium_bin2hex(hex.data(), hex.size(), code.data(), code.size());
}

Result<std::unique_ptr<Receiver>> make_webhook(WebhookSettings settings) {
  if (const auto url = check_url(settings.url, {"http", "https"}, settings.name); !url) {
    return std::unexpected(url.error());
  }
  return std::make_unique<Webhook>(std::move(settings));
}

}  // namespace rollcall::alert
