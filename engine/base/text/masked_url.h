// URLs as they may be shown: in logs, on the page, in the API, in alerts.
//
// A URL may hold a secret in four places: the user and password before its host, its query, its
// fragment, and its path (a webhook's address is often all that keeps strangers out).
//
// Threading: pure.  Ownership: return new strings.  Cost: one pass.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// "https://***@host/list?token=***&dc=***": without user, password, fragment, the values of the
// query, and those parts of the path that read like a key. A text that is no URL is returned as it
// is.
std::string masked_url(std::string_view url);

// The text with each part of the URL that may be a secret replaced by "***": what a server answers
// often repeats what it was asked. A part of the path counts where it is long enough to be one.
std::string without_secrets_of(std::string_view url, std::string text);

}  // namespace rollcall
