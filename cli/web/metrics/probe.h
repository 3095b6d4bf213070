// What blackbox_exporter would be asked, answered from what the watch knows: for those who migrate
// their scrape configuration before their alerts.
//
//   GET /probe?target=10.0.42.7:80&module=tcp_connect
//
// Nothing is sent: the watch asks every target of its inventory anyway, and none but these, so that
// this is no way to make it scan. Without a port an address succeeds when all its targets do.
// Module "icmp" is content with a refusal: the address is bound. Other modules ask for what no
// SYN shows, and are refused.
//
// A target that failed, but whose failure is not confirmed yet, still succeeds: what the watch
// doubts, it does not tell. While it cannot tell at all, the answer is 503 and never "down".
//
// Threading: a pure function.
// Ownership: returns a new answer.
// Units:     seconds, as the names say.
// Errors:    400 for what makes no sense, 404 for an address that is not in the inventory, 503
//            before the first sweep and when the newest is too old.
// Cost:      one look-up; without a port a binary search in each group.
#pragma once

#include "cli/web/http/exchange.h"

namespace rollcall::web {

Response probe_answer(const Request& request);

}  // namespace rollcall::web
