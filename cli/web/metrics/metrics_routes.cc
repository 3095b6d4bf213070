#include "cli/web/metrics/metrics_routes.h"

#include "cli/web/metrics/metrics.h"
#include "cli/web/metrics/probe.h"

namespace rollcall::web {
namespace {

Response metrics_answer(const Request& request) {
  const Exposition exposition = exposition_for(request.accept);
  const ScrapeValues scrape{.now = request.now, .process = read_process_figures()};
  return {.content_type = std::string(content_type(exposition)),
          .body = metrics_text(*request.view, scrape, exposition),
          .headers = {{"Vary", "Accept"}}};
}

}  // namespace

void add_metrics_routes(Router& router) {
  // "*": a scraper may send parameters that are meant for other targets.
  router.get("/metrics", metrics_answer, {"*"});
  router.get("/probe", probe_answer, {"target", "module"});
}

}  // namespace rollcall::web
