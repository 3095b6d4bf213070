// Removes secrets from URLs before they appear in logs, on the page, in the API or in alerts.
//
// A URL may hold a secret in four parts: the user and password before its host, its query, its
// fragment, and its path. A webhook's path is often the only secret that protects it (ADR 37).
//
// Threading: pure.
// Cost:      one pass.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// "https://***@host/list?token=***&dc=***": without user, password, fragment, the values of the
// query, and those parts of the path that look like a key. A text that is not a URL is returned
// unchanged.
std::string masked_url(std::string_view url);

// The text with each part of the URL that may be a secret replaced by "***": a server often repeats
// the request in its reply. A part of the path counts if it is long enough to be a secret.
std::string without_secrets_of(std::string_view url, std::string text);

}  // namespace rollcall
