// Any HTTP endpoint: it gets an alert's payload (alert.h), signed, with a key to know repeats by.
//
//   X-Rollcall-Signature: sha256=<HMAC-SHA256 of the body with the shared secret, in hex>
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
#include "scheduler/alert/secret.h"

namespace rollcall::alert {

struct WebhookSettings {
  std::string name;
  std::string url;
  Secret signing_key;  // no signature where it is empty
  Secret bearer;
  std::string ca_file;
};

Result<std::unique_ptr<Receiver>> make_webhook(WebhookSettings settings);

// "sha256=..." (RFC 2104).
std::string signature_of(const std::string& body, const Secret& key);

}  // namespace rollcall::alert
