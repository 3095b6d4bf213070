#include "cli/web/api/api.h"

#include "cli/config/config_values.h"
#include "cli/web/api/event_text.h"
#include "cli/web/api/page_routes.h"
#include "cli/web/api/routes.h"
#include "cli/web/metrics/metrics_routes.h"
#include "scheduler/alert/transport/secret.h"

namespace rollcall::web {
namespace {

constexpr Duration kBeatPause = std::chrono::seconds(1);
// The start waits this long for the server, so that it serves when the watch reports ready.
constexpr auto kFirstTryMax = std::chrono::seconds(2);

Router make_router(cli::Service& service) {
  Router router;
  add_fleet_routes(router, service.publisher());
  add_history_routes(router);
  add_action_routes(router, service);
  add_metrics_routes(router);
  add_page_routes(router);
  return router;
}

}  // namespace

Result<std::unique_ptr<Api>> Api::make(const cli::HttpConfig& config,
                                       const cli::HistoryConfig& history, cli::Service& service,
                                       const Clock& clock, const cli::Log& log,
                                       const ServerLimits& limits) {
  const auto endpoint = cli::endpoint_in(config.listen);
  if (!endpoint) return std::unexpected(endpoint.error());
  const bool is_public = !cli::is_loopback(endpoint->address);
  auto files = WebFiles::load(
      {.path = config.web_config, .is_public = is_public, .token_file = config.token_file});
  if (!files) return std::unexpected(files.error());
  const std::string token_problem = files->token_problem();
  service.web_status().set_files_problem(files->token_problem());
  service.web_status().set_certificates(files->certificates());
  std::unique_ptr<Api> api(
      new Api(files->token(), files->config(), is_public, config.external_url.host));
  auto server =
      Server::start({.address = endpoint->address,
                     .port = endpoint->port,
                     .history_folder = history.folder,
                     .external_path = config.external_url.path,
                     .limits = limits,
                     .events = {.hello = hello_text, .change = change_text}},
                    make_router(service), api->authenticator_, *std::move(files),
                    service.publisher(), service.web_status(), service.threads(), clock, log);
  if (!server) return std::unexpected(server.error());
  api->server_ = *std::move(server);
  // Logged only now, because ApiStarter may have retried for a while.
  if (!token_problem.empty()) {
    log.error("nothing can be changed over HTTP by token", {{"why", token_problem}});
  }
  return api;
}

ApiStarter::ApiStarter(cli::HttpConfig config, cli::HistoryConfig history, cli::Service& service,
                       const Clock& clock, const cli::Log& log, Options options)
    : config_(std::move(config)),
      history_(std::move(history)),
      service_(service),
      clock_(clock),
      log_(log),
      options_(options) {
  // Runs on a separate thread, because a file may be on a server that does not answer.
  thread_ = std::jthread([this, progress = service.threads().add("web start")](
                             const std::stop_token& stop) { keep_trying(*progress, stop); });
  std::unique_lock lock(mutex_);
  tried_.wait_for(lock, kFirstTryMax, [this] { return has_tried_; });
}

bool ApiStarter::try_once(ThreadProgress& progress) {
  const SlowOperation patience(&progress, "reading web.config, the token or a certificate");
  // Threads, TLS and files may throw. The watch continues without HTTP.
  Result<std::unique_ptr<Api>> made = [&]() -> Result<std::unique_ptr<Api>> {
    try {
      return Api::make(config_, history_, service_, clock_, log_, options_.limits);
    } catch (const std::exception& exception) {
      return fail(ErrorCode::kSystem, exception.what());
    }
  }();
  const std::string why = made ? "" : made.error().to_string();
  service_.web_status().set_listener_problem(why);
  if (made) {
    api_ = *std::move(made);
    if (!last_problem_.empty()) log_.info("HTTP is served now", {{"listen", config_.listen}});
  } else if (why != last_problem_) {
    log_.error(
        "HTTP cannot be served; the watch works without it, and tries again every few "
        "seconds",
        {{"listen", config_.listen}, {"why", why}});
  }
  last_problem_ = why;
  return last_problem_.empty();
}

void ApiStarter::keep_trying(ThreadProgress& progress, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const bool is_served = try_once(progress);
    std::unique_lock lock(mutex_);
    has_tried_ = true;
    tried_.notify_all();
    if (is_served) return;
    for (Duration waited{}; waited < options_.pause && !stop.stop_requested();) {
      const Duration pause = std::min(options_.pause - waited, kBeatPause);
      tried_.wait_for(lock, stop, pause, [] { return false; });
      waited += pause;
      progress.beat();
    }
  }
}

}  // namespace rollcall::web
