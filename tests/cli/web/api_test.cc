#include "cli/web/api/api.h"

#include <gmock/gmock.h>

#include "cli/config/config_values.h"
#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using ::testing::HasSubstr;

using AnApi = WebFixture;

TEST_F(AnApi, SaysWhatIsTrueNow) {
  wait_until_ready();
  const json status = get("/api/v1/status");
  EXPECT_EQ(status.at("schema"), "rollcall.status/1");
  EXPECT_EQ(status.at("inventory").at("targets"), kGroups * kAddresses);
  EXPECT_EQ(status.at("last_sweep").at("open"), kGroups * kAddresses);
  EXPECT_EQ(status.at("groups_not_up"), json::array());
  EXPECT_EQ(get("/-/healthy").at("healthy"), true);
  EXPECT_EQ(get("/api/v1/incidents?since_s=3600").at("incidents"), json::array());
}

TEST_F(AnApi, ChangesNothingForWhoDoesNotKnowTheToken) {
  const std::string body = R"({"group":"web1","text":"x","author":"eve"})";
  for (const char* token : {"", "a secre", "a  secret", "A SECRET", "a secrett"}) {
    EXPECT_EQ(status_of(post("/api/v1/notes", body, token)), 401) << token;
  }
  EXPECT_EQ(status_of(client_->Post("/api/v1/notes", body, "application/json")), 401);
  EXPECT_EQ(status_of(client_->Delete("/api/v1/silences/00")), 401);
  // A web page of another origin can send neither the header nor this content type unasked.
  const httplib::Headers token{{"Authorization", "Bearer a secret"}};
  EXPECT_EQ(status_of(client_->Post("/api/v1/notes", token, body, "application/json")), 403);
  EXPECT_EQ(status_of(client_->Post("/api/v1/notes", writing(), body, "text/plain")), 415);
  EXPECT_EQ(status_of(post("/api/v1/notes", body)), 200);
}

TEST_F(AnApi, AnswersToNoNameThatIsNotOurs) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:9750", "localhost.evil"}) {
    EXPECT_EQ(status_of(client_->Get("/api/v1/status", {{"Host", host}})), 403) << host;
  }
  for (const char* host : {"localhost:9750", "127.0.0.1", "[::1]:9750"}) {
    EXPECT_EQ(status_of(client_->Get("/api/v1/status", {{"Host", host}})), 200) << host;
  }
}

class AnApiBehindAProxy : public WebFixture {
 protected:
  AnApiBehindAProxy() {
    config_.http.external_url = *cli::external_url_in("https://NOC.example.net:8443/rollcall/");
  }
};

TEST_F(AnApiBehindAProxy, AnswersBelowItsPathAndWithoutIt) {
  for (const char* path : {"/", "/-/healthy", "/api/v1/status", "/assets/main.js", "/metrics"}) {
    EXPECT_EQ(status_of(client_->Get(path)), 200) << path;
    EXPECT_EQ(status_of(client_->Get(std::string("/rollcall") + path)), 200) << path;
  }
  const auto bare = client_->Get("/rollcall");
  EXPECT_EQ(status_of(bare), 308);
  EXPECT_EQ(bare->get_header_value("Location"), "/rollcall/");
  for (const char* path : {"/rollcall/none", "/rollcallx/", "/roll/api/v1/status", "/rollcall//",
                           "/rollcall/rollcall/"}) {
    EXPECT_EQ(status_of(client_->Get(path)), 404) << path;
  }
  EXPECT_EQ(status_of(client_->Delete("/rollcall/api/v1/status", writing())), 405);
  const std::string note = R"({"group":"web1","text":"n","author":"a"})";
  EXPECT_EQ(status_of(post("/rollcall/api/v1/notes", note)), 200);
  EXPECT_EQ(status_of(client_->Post("/rollcall/api/v1/notes", note, "application/json")), 401);
}

TEST_F(AnApiBehindAProxy, AnswersToTheProxysNameToo) {
  for (const char* host : {"noc.example.net", "noc.EXAMPLE.net:8443", "127.0.0.1:9750"}) {
    EXPECT_EQ(status_of(client_->Get("/api/v1/status", {{"Host", host}})), 200) << host;
  }
  for (const char* host : {"example.net", "noc.example.net.evil.example", "[noc.example.net"}) {
    const auto refused = client_->Get("/api/v1/status", {{"Host", host}});
    EXPECT_EQ(status_of(refused), 403) << host;
    EXPECT_NE(refused->body.find("http.external_url"), std::string::npos);
  }
}

TEST_F(AnApi, KeepsSilencesUntilTheyEnd) {
  const auto added =
      post("/api/v1/silences",
           R"({"groups":["web1"],"duration_s":600,"author":"anna","reason":"disks"})");
  ASSERT_EQ(status_of(added), 201);
  const std::string id = json::parse(added->body).at("id");
  EXPECT_EQ(get("/api/v1/silences").at("silences").at(0).at("id"), id);
  EXPECT_EQ(status_of(client_->Delete("/api/v1/silences/" + id, writing())), 200);
  EXPECT_EQ(get("/api/v1/silences").at("silences"), json::array());
}

TEST_F(AnApi, RefusesWhatMakesNoSense) {
  struct Case {
    const char* path;
    std::string body;
    int status;
  };
  const std::string nested(20'000, '[');
  for (const Case& c :
       {Case{"/api/v1/silences", "", 400}, Case{"/api/v1/silences", "[]", 400},
        Case{"/api/v1/silences", nested, 400},
        Case{"/api/v1/silences", R"({"duration_s":60,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences",
             R"({"groups":["nobody"],"duration_s":60,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences",
             R"({"groups":["web1"],"duration_s":1e300,"author":"a","reason":"r"})", 400},
        Case{"/api/v1/silences", R"({"groups":"web1","duration_s":60})", 400},
        Case{"/api/v1/notes", R"({"group":"nobody","text":"x","author":"a"})", 400},
        Case{"/api/v1/notes", R"({"group":"web1","text":"x"})", 400},
        Case{"/api/v1/notes", std::string(ServerLimits::kBodyBytes + 1, ' '), 413},
        Case{"/api/v1/nothing", "{}", 404}}) {
    const auto result = post(c.path, c.body);
    EXPECT_EQ(status_of(result), c.status) << c.path << ' ' << c.body.substr(0, 80);
    if (result) {
      EXPECT_TRUE(json::accept(result->body)) << result->body;
    }
  }
}

TEST_F(AnApi, TellsHowAReloadWent) {
  EXPECT_EQ(status_of(post("/-/reload", "")), 200);
  std::ofstream(folder_.file("fleet.csv")) << "address,ports,group\n10.0.1.1,80,web1\n";
  const auto shrunken = post("/-/reload", "");
  ASSERT_EQ(status_of(shrunken), 422);
  EXPECT_THAT(shrunken->body, HasSubstr("it lost"));
  EXPECT_EQ(get("/api/v1/status").at("inventory").at("targets"), kGroups * kAddresses);
  const auto wanted = post("/-/reload?allow_shrink=1", "");
  ASSERT_EQ(status_of(wanted), 200);
  EXPECT_EQ(json::parse(wanted->body).at("targets"), 1);
}

}  // namespace
}  // namespace rollcall::web
