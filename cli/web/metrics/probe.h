// Answers blackbox_exporter's /probe from the watch's state, for users who migrate their scrape
// configuration before their alerts.
//
//   GET /probe?target=10.0.42.7:80&module=tcp_connect
//
// It sends nothing: the watch probes every target of its inventory anyway. Other addresses are
// refused, so this route cannot be used to scan. Without a port an address succeeds when all its
// targets do.
// Module "icmp" also succeeds when the connection is refused: the address is in use. Other modules
// need more than a SYN shows, and are refused.
//
// A target whose failure is not confirmed yet still succeeds, because the watch reports only
// confirmed failures. While the watch cannot judge at all, the answer is 503 and never "down".
//
// Threading: a pure function.
// Ownership: returns a new answer.
// Units:     seconds, as the names say.
// Errors:    400 for an invalid request, 404 for an address that is not in the inventory, 503
//            before the first sweep and when the newest is too old.
// Cost:      one look-up; without a port a binary search in each group.
#pragma once

#include "cli/web/http/exchange.h"

namespace rollcall::web {

Response probe_answer(const Request& request);

}  // namespace rollcall::web
