// Adds the routes of the status page: GET / and GET /assets/NAME.
//
// Threading: handlers of constant data; any thread.
// Errors:    an unknown name is a 404.
// Cost:      a search among about forty names, and a copy of the file.
#pragma once

#include "cli/web/http/router.h"

namespace rollcall::web {

void add_page_routes(Router& router);

}  // namespace rollcall::web
