// Any HTTP endpoint: it gets an alert's payload (alert.h), signed, with a key to know repeats by.
//
//   X-Rollcall-Signature: sha256=<HMAC-SHA256 of the body with the shared secret, in hex>
//   X-Rollcall-Timestamp: <when it was sent: seconds since 1970>
//   X-Rollcall-Timed-Signature:
//       sha256=<HMAC-SHA256 of the timestamp, a full stop and the body, in hex>
//   Idempotency-Key:      <hex; the same whenever the same message is sent again>
//
// Threading: as Receiver.
// Ownership: owns its settings.
// Units:     none.
// Errors:    as Receiver; 400, 413 and 422 are a refusal, any other answer but 2xx is tried again.
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
  SecretSource signing_key;  // no signature where it is empty
  HttpAccess access;
};

Result<std::unique_ptr<Receiver>> make_webhook(WebhookSettings settings);

// A receiver that refuses old timestamps, and checks the timed signature, is safe from a request
// that was recorded and sent again. The signature without a time is for receivers that know only
// that.

// "sha256=..." (RFC 2104).
std::string signature_of(const std::string& body, const Secret& key);

}  // namespace rollcall::alert
