#include "cli/web/api/page_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "cli/web/page/assets.h"

namespace rollcall::web {
namespace {

Response ask(std::string_view path) {
  Router router;
  add_page_routes(router);
  auto found = router.find(Method::kGet, path);
  if (found.route == nullptr) return problem(404, "no route");
  Request request;
  request.path = path;
  request.captured = std::move(found.captured);
  return std::get<Handler>(found.route->handler)(request);
}

std::string body_of(const Response& response) {
  return std::get<std::string>(response.body);
}

std::set<std::string> matches_in(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    found.insert((*at)[1]);
  }
  return found;
}

TEST(PageRoutes, TheRootIsThePageAndAllThatItNamesIsThere) {
  const Response page = ask("/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const auto named = matches_in(body_of(page), "(?:src|href)=\"(assets/[^\"]+)\"");
  EXPECT_GT(named.size(), 10U);
  for (const std::string& path : named) EXPECT_EQ(ask("/" + path).status, 200U) << path;
}

// Else a proxy that shows the page below a path of its own would show an empty page.
TEST(PageRoutes, NothingInThePageNamesARouteFromTheRoot) {
  for (const Asset& asset : assets()) {
    EXPECT_THAT(
        matches_in(std::string(asset.body), "[\"'`(](/(?:api/|assets/|-/|metrics|probe)[^\"'`)]*)"),
        testing::IsEmpty())
        << asset.path;
  }
}

TEST(PageRoutes, EveryModuleThatAModuleImportsIsThere) {
  for (const Asset& asset : assets()) {
    if (!asset.path.ends_with(".js")) continue;
    for (const auto& name :
         matches_in(std::string(asset.body), "(?:from |import\\()'\\./([^']+)'")) {
      EXPECT_EQ(ask("/assets/" + name).status, 200U) << asset.path << " imports " << name;
    }
  }
}

TEST(PageRoutes, AssetsAreInOrderAndEachHasAnEntityTagOfItsOwn) {
  EXPECT_TRUE(std::ranges::is_sorted(assets(), {}, &Asset::path));
  std::set<std::string_view> tags;
  for (const Asset& asset : assets()) {
    EXPECT_THAT(std::string(asset.etag), testing::MatchesRegex("\"[0-9a-f]+\""));
    EXPECT_FALSE(asset.body.empty()) << asset.path;
    tags.insert(asset.etag);
  }
  EXPECT_EQ(tags.size(), assets().size());
}

TEST(PageRoutes, TheLicenceOfThePlottingLibraryIsKept) {
  EXPECT_THAT(body_of(ask("/assets/uplot-licence.txt")), testing::HasSubstr("MIT"));
}

TEST(PageRoutes, AnythingElseIsNotFound) {
  for (const char* path : {"/assets/", "/assets/none.js", "/assets/..%2f..%2fetc%2fpasswd",
                           "/assets/../main.js", "/assets/package.json", "/index.html"}) {
    EXPECT_EQ(ask(path).status, 404U) << path;
  }
}

}  // namespace
}  // namespace rollcall::web
