#include "cli/web/api/page_routes.h"

#include <algorithm>

#include "cli/web/page/assets.h"

namespace rollcall::web {
namespace {

Response asset_at(const std::string& path) {
  const auto all = assets();
  const auto found = std::ranges::lower_bound(all, path, {}, &Asset::path);
  if (found == all.end() || found->path != path) return problem(404, "no such thing here");
  return {.content_type = std::string(found->content_type),
          .body = std::string(found->body),
          .etag = std::string(found->etag)};
}

}  // namespace

void add_page_routes(Router& router) {
  const Router::Fields any{"*"};  // links from other sites may add query fields
  router.get("/", [](const Request&) { return asset_at("/"); }, any);
  const auto asset = [](const Request& request) {
    return asset_at("/assets/" + request.captured.front());
  };
  router.get("/assets/{name}", asset, any);
}

}  // namespace rollcall::web
