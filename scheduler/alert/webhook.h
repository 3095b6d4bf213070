// Sends an alert's payload (alert.h) to any HTTP endpoint, signed, and with a key to detect
// repeats.
//
//   X-Rollcall-Signature: sha256=<HMAC-SHA256 of the body with the shared secret, in hex>
//   X-Rollcall-Timestamp: <when it was sent: seconds since 1970>
//   X-Rollcall-Timed-Signature:
//       sha256=<HMAC-SHA256 of the timestamp, a full stop and the body, in hex>
//   Idempotency-Key:      <hex; the same whenever the same message is sent again>
//
// An endpoint that checks the timed signature, and refuses old timestamps, is safe from replayed
// requests. The signature without a timestamp is for endpoints that support only that.
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Errors:    as Receiver; 400, 413 and 422 are a refusal, any other answer except 2xx is retried.
// Cost:      one POST.
#pragma once

#include <memory>

#include "scheduler/alert/receiver.h"
#include "scheduler/alert/transport/secret.h"
#include "scheduler/alert/transport/transfer.h"

namespace rollcall::alert {

struct WebhookSettings {
  std::string name;
  std::string url;
  SecretSource signing_key;  // empty: no signature
  HttpAccess access;
};

Result<std::unique_ptr<Receiver>> make_webhook(WebhookSettings settings);

// "sha256=..." (RFC 2104).
std::string signature_of(const std::string& body, const Secret& key);

}  // namespace rollcall::alert
