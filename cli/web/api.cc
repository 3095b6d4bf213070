#include "cli/web/api.h"

#include "cli/config/config_values.h"
#include "cli/web/metrics_routes.h"
#include "cli/web/page_routes.h"
#include "cli/web/routes.h"
#include "scheduler/alert/secret.h"

namespace rollcall::web {
namespace {

Router make_router(cli::Service& service) {
  Router router;
  add_fleet_routes(router, service.board());
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
  alert::Secret token;
  if (!config.token_file.empty()) {
    auto read = alert::Secret::read({.file = config.token_file, .environment = ""});
    if (!read) return std::unexpected(read.error());
    token = *std::move(read);
  }
  const bool is_in_the_open = !cli::is_loopback(endpoint->address);
  auto files = WebFiles::load(
      {.path = config.web_config, .is_in_the_open = is_in_the_open, .has_token = !token.empty()});
  if (!files) return std::unexpected(files.error());
  std::unique_ptr<Api> api(
      new Api(std::move(token), files->config(), is_in_the_open, config.external_url.host));
  auto server = Server::start({.address = endpoint->address,
                               .port = endpoint->port,
                               .history_folder = history.folder,
                               .external_path = config.external_url.path,
                               .limits = limits},
                              make_router(service), api->gate_, *std::move(files), service.board(),
                              clock, log);
  if (!server) return std::unexpected(server.error());
  api->server_ = *std::move(server);
  return api;
}

}  // namespace rollcall::web
