#include "cli/web/page_routes.h"

#include <algorithm>

#include "cli/web/assets.h"

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
  router.get("/", [](const Request&) { return asset_at("/"); });
  router.get("/assets/{name}", [](const Request& request) {
    return asset_at("/assets/" + request.captured.front());
  });
}

}  // namespace rollcall::web
