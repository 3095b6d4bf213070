// Tests the parts of the HTTP server, such as the router and the authenticator, without sockets.

#include <gmock/gmock.h>

#include "cli/web/api/listing.h"
#include "cli/web/http/authenticator.h"
#include "cli/web/http/response_head.h"
#include "cli/web/http/router.h"
#include "cli/web/http/server.h"
#include "cli/web/http/worker_pool.h"

namespace rollcall::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

Router a_router() {
  const auto handler = [](const Request&) { return Response{}; };
  Router router;
  router.get("/", handler);
  router.get("/api/groups", handler);
  router.get("/api/groups/{group}", handler);
  router.get("/api/groups/{group}/history", handler);
  router.post("/api/groups", handler);
  return router;
}

TEST(ARouter, FindsARouteByItsSegments) {
  const Router router = a_router();
  struct Case {
    const char* path;
    const char* pattern;
    std::vector<std::string> captured;
  };
  for (const Case& c :
       {Case{"/", "/", {}}, Case{"/api/groups", "/api/groups", {}},
        Case{"/api/groups/web1", "/api/groups/{group}", {"web1"}},
        Case{"/api/groups/a%2Fb%20c+d", "/api/groups/{group}", {"a/b c+d"}},
        Case{"/api/groups/%3Cscript%3E/history", "/api/groups/{group}/history", {"<script>"}}}) {
    const auto found = router.find(Method::kGet, c.path);
    ASSERT_NE(found.route, nullptr) << c.path;
    EXPECT_EQ(found.route->pattern, c.pattern);
    EXPECT_EQ(found.captured, c.captured);
  }
}

TEST(ARouter, TellsNoSuchPathFromNoSuchMethod) {
  const Router router = a_router();
  for (const char* path : {"", "/api", "/api/", "/api/groups/", "/api/groups/x/", "//", "/x",
                           "/api/groups/x/history/y", "/api/groups//history", "/api/groups/%",
                           "/api/groups/%0", "/api/groups/%00", "/api/groups/%zz"}) {
    const auto found = router.find(Method::kGet, path);
    EXPECT_EQ(found.route, nullptr) << path;
    EXPECT_EQ(found.allowed, "") << path;
  }
  EXPECT_EQ(router.find(Method::kDelete, "/api/groups").allowed, "GET, POST");
}

TEST(AQuery, IsReadFieldByField) {
  EXPECT_THAT(*parse_query("a=1&b=x%20y+z&&c&d=e=f"),
              ElementsAre(Pair("a", "1"), Pair("b", "x y z"), Pair("c", ""), Pair("d", "e=f")));
  EXPECT_FALSE(parse_query("a=%"));
  EXPECT_FALSE(parse_query("a=%00"));
  std::string many;
  for (std::size_t i = 0; i <= kQueryFieldsMax; ++i) many += "a&";
  EXPECT_FALSE(parse_query(many));
}

TEST(APrefix, IsANetworkOrAnAddress) {
  EXPECT_EQ(parse_prefix("10.0.42.7/24")->to_string(), "10.0.42.0-10.0.42.255");
  EXPECT_EQ(parse_prefix("10.0.42.7")->to_string(), "10.0.42.7");
  EXPECT_EQ(parse_prefix("0.0.0.0/0")->to_string(), "0.0.0.0-255.255.255.255");
  EXPECT_TRUE(parse_prefix("2001:db8::/64"));
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                           "web1", "10.0.0/8", "2001:db8::/129"}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
}

TEST(AnEtag, IsFreshWhenItIsInTheList) {
  Request request;
  for (const char* list : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", " \"x\" , W/\"a\" ", "*", " *\t",
                           "\"b\",,\t\"a\"", "\"b,c\",\"a\"", "\"b\"\"a\""}) {
    request.if_none_match = list;
    EXPECT_TRUE(has_etag(request, "\"a\"")) << list;
    EXPECT_TRUE(has_etag(request, "W/\"a\"")) << list;
  }
  for (const char* list : {"", "a", "\"b\"", "\"a", ",", "\"ab\"", "\"b,\"a\"", "\"b\", *",
                           "w/\"a\"", "W/ \"a\"", "W/a", "\"W/a\""}) {
    request.if_none_match = list;
    EXPECT_FALSE(has_etag(request, "\"a\"")) << list;
  }
}

TEST(A304, CarriesWhatTheWholeAnswerWould) {
  const Response response = not_modified({.content_type = "text/plain",
                                          .body = std::string("x"),
                                          .etag = "\"a\"",
                                          .headers = {{"Vary", "Accept"}}});
  const std::string head = head_of(response, {});
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 304 "));
  EXPECT_THAT(head, HasSubstr("ETag: \"a\"\r\n"));
  EXPECT_THAT(head, HasSubstr("Vary: Accept\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("\r\nContent-Type:")));
}

TEST(AHead, SaysHowTheBodyEndsAndKeepsABrowserSafe) {
  const Response response{.etag = "\"1\"", .headers = {{"Allow", "GET"}}};
  const std::string head = head_of(response, {.keep_alive = true, .length = 7});
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(head, HasSubstr("Allow: GET\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(head, HasSubstr("frame-ancestors 'none'"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  const std::string other = head_of({}, {.keep_alive = false, .is_chunked = true});
  EXPECT_THAT(other, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(other, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(other, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(other, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(chunk_head(0x1fff), "1fff\r\n");
}

TEST(APull, JoinsElementsAndTellsItsEnd) {
  int left = 3;
  bool was_busy = false;
  BodySource pull = body_source_of({.head = "[",
                                    .next =
                                        [&](std::string& out) {
                                          if (left == 1 && !std::exchange(was_busy, true)) {
                                            return Listing::Step::kBusy;
                                          }
                                          if (left == 0) return Listing::Step::kEnd;
                                          out = std::to_string(left--);
                                          return Listing::Step::kElement;
                                        },
                                    .tail = [] { return std::string("]"); }});
  std::string all;
  EXPECT_TRUE(pull(all));
  EXPECT_EQ(all, "[3,2");
  EXPECT_FALSE(pull(all));
  EXPECT_EQ(all, "[3,2,1]");
}

TEST(AHost, OfOursIsAnAddressOrLocalhost) {
  for (const char* host : {"", "localhost", "localhost:80", "127.0.0.1", "192.0.2.1:9750", "[::1]",
                           "[2001:db8::1]:80"}) {
    EXPECT_TRUE(is_host_of_ours(host)) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil", "127.0.0.1.evil.example:9750", "[::1",
                           "[evil]", "2130706433", "x@127.0.0.1"}) {
    EXPECT_FALSE(is_host_of_ours(host)) << host;
  }
}

TEST(AnAuthenticator, LetsReadersOfThisHostInAndNobodyElseWithoutATokenOrCertificate) {
  const Authenticator authenticator(alert::Secret("secret"), {}, false);
  Credentials credentials{.host = "localhost", .is_loopback = true};
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAnonymous));
  credentials.is_loopback = false;
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAnonymous)->status, 401U);
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kCertificate));
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAuthenticated));
  credentials.host = "evil.example";
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAuthenticated)->status, 403U);
  credentials.is_encrypted = true;
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAuthenticated));
  credentials.is_changing = true;
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kCertificate)->status, 401U);
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAuthenticated)->status, 403U);
  credentials.request_mark = "1";
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAuthenticated));
  credentials.has_body = true;
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAuthenticated)->status, 415U);
}

TEST(AnAuthenticator, AsksEverybodyOfThisHostTooWhereOthersCanReachIt) {
  const Authenticator authenticator(alert::Secret("secret"), {}, true);
  const Credentials credentials{.is_loopback = true, .is_encrypted = true};
  EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAnonymous)->status, 401U);
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kCertificate));
  EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAuthenticated));
}

TEST(AnAuthenticator, WantsAUserBesidesACertificateWhereThereAreUsers) {
  WebConfig config;
  config.users["anna"] = "$2b$04$abcdefghijklmnopqrstuuJ5dBv5X6Q2u4yUZQHPt7cG0rJ8wz2Ea";
  const Authenticator authenticator(alert::Secret(), config, false);
  for (const bool is_loopback : {false, true}) {
    const Credentials credentials{
        .is_loopback = is_loopback, .is_encrypted = true, .has_certificate = true};
    EXPECT_EQ(authenticator.refusal(credentials, AuthState::kCertificate)->status, 401U);
    EXPECT_FALSE(authenticator.refusal(credentials, AuthState::kAuthenticated));
  }
}

TEST(AnAuthenticator, WithoutATokenLetsNobodyChangeAnything) {
  const Authenticator authenticator(alert::Secret(), {}, false);
  for (const char* given : {"", "Bearer", "Bearer ", "bearer x", "Basic Og=="}) {
    const Credentials credentials{.host = "",
                                  .authorization = given,
                                  .request_mark = "1",
                                  .is_loopback = true,
                                  .is_changing = true};
    EXPECT_EQ(authenticator.auth_state(credentials), AuthState::kAnonymous) << given;
    EXPECT_EQ(authenticator.refusal(credentials, AuthState::kAnonymous)->status, 403U) << given;
  }
}

TEST(ALimit, LeavesDescriptorsToTheSweep) {
  const struct {
    rlimit descriptors;
    std::size_t connections;
    std::size_t subscribers;
  } kCases[] = {{{RLIM_INFINITY, RLIM_INFINITY}, 512, 256},
                {{65536, 65536}, 512, 256},
                {{2044, 65536}, 511, 255},
                {{1024, RLIM_INFINITY}, 256, 128},
                {{4096, 4096}, 192, 96},  // 3840 are for connects
                {{1024, 1024}, 192, 96},
                {{256, 256}, 64, 32},
                {{20, 20}, 8, 4},
                {{0, 0}, 8, 4}};
  for (const auto& c : kCases) {
    const ServerLimits limits = within_descriptors({}, c.descriptors);
    EXPECT_EQ(limits.connections, c.connections) << c.descriptors.rlim_cur;
    EXPECT_EQ(limits.subscribers, c.subscribers) << c.descriptors.rlim_cur;
  }
}

TEST(AWorker, RefusesWhatIsTooMuch) {
  std::mutex held;
  std::atomic<int> begun = 0;
  held.lock();
  ThreadRegistry threads;
  WorkerPool workers(threads, "worker", "", 1, 2);
  const auto work = [&](std::size_t) {
    ++begun;
    const std::scoped_lock lock(held);
  };
  ASSERT_TRUE(workers.offer(work));
  while (begun == 0) std::this_thread::yield();
  EXPECT_TRUE(workers.offer(work));
  EXPECT_TRUE(workers.offer(work));
  EXPECT_FALSE(workers.offer(work));
  held.unlock();
  while (begun < 3) std::this_thread::yield();
}

}  // namespace
}  // namespace rollcall::web
