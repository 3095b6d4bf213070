// Every answer against what openapi.json says of it.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "cli/web/api/routes.h"
#include "cli/web/metrics/metrics_routes.h"
#include "tests/cli/web/json_schema.h"
#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ASchemaCheck, FindsWhatDoesNotFit) {
  const json document = json::parse(R"({"components":{"schemas":{"N":{"type":"integer"}}}})");
  const json schema = json::parse(R"({
      "type": "object", "required": ["a"], "additionalProperties": false,
      "properties": {"a": {"$ref": "#/components/schemas/N"},
                     "b": {"type": ["string", "null"], "pattern": "^x"},
                     "c": {"type": "array", "items": {"enum": [1, 2]}},
                     "d": {"oneOf": [{"type": "null"}, {"type": "number", "minimum": 3}]}}})");
  SchemaCheck check(document);
  EXPECT_THAT(check.diagnostics(schema, json::parse(R"({"a":1,"b":"xy","c":[1,2],"d":3})")),
              IsEmpty());
  for (const char* bad :
       {"[]", "{}", R"({"a":"1"})", R"({"a":1.5})", R"({"a":1,"b":"y"})", R"({"a":1,"b":2})",
        R"({"a":1,"c":[3]})", R"({"a":1,"d":2})", R"({"a":1,"e":0})"}) {
    EXPECT_FALSE(check.diagnostics(schema, json::parse(bad)).empty()) << bad;
  }
  EXPECT_FALSE(check.diagnostics(json::parse(R"({"maxLength":3})"), "x").empty());
}

class ADescription : public WebFixture {
 protected:
  ADescription() { config_.judgement.confirm_span = Duration{}; }

  void SetUp() override {
    WebFixture::SetUp();
    document_ = json::parse(openapi_document());
    wait_until_ready();
    // One group loses some of its addresses: an incident.
    for (std::uint32_t i = 4; i < kAddresses; ++i) fates_[kAddresses + i] = cli::Fate::kSilent;
    ASSERT_TRUE(eventually([&] {
      EXPECT_EQ(status_of(post("/api/v1/sweeps", R"({"group":"web1"})")), 202);
      return !get("/api/v1/incidents").at("incidents").empty();
    }));
  }

  std::vector<Route> all_routes() {
    Router router;
    add_fleet_routes(router, service_->publisher());
    add_history_routes(router);
    add_action_routes(router, *service_);
    add_metrics_routes(router);
    return router.routes();
  }

  // Is the answer one that the document knows?
  void expect_described(const std::string& path, const std::string& method,
                        const httplib::Result& result) {
    ASSERT_TRUE(result) << method << ' ' << path;
    json response = document_.at("paths")
                        .at(path)
                        .at(method)
                        .at("responses")
                        .value(std::to_string(result->status), json());
    ASSERT_TRUE(response.is_object())
        << method << ' ' << path << " answers " << result->status << ": " << result->body;
    if (response.contains("$ref")) {
      response = document_.at(json::json_pointer(response["$ref"].get<std::string>().substr(1)));
    }
    const std::string type = result->get_header_value("Content-Type");
    ASSERT_TRUE(response.at("content").contains(type)) << method << ' ' << path << ": " << type;
    const json& content = response.at("content").at(type);
    if (!content.contains("schema")) return;
    std::istringstream lines(result->body);
    std::string line;
    while (std::getline(lines, line)) {
      const json value = json::parse(line, nullptr, false);
      ASSERT_FALSE(value.is_discarded()) << line;
      EXPECT_THAT(SchemaCheck(document_).diagnostics(content.at("schema"), value), IsEmpty())
          << method << ' ' << path << ": " << line;
    }
  }

  json document_;
};

TEST_F(ADescription, HoldsEveryRouteOfTheApiAndNoOther) {
  std::set<std::string> served;
  for (const Route& route : all_routes()) {
    const char* const names[] = {"get", "post", "delete"};
    served.insert(std::string(names[static_cast<int>(route.method)]) + ' ' + route.pattern);
  }
  std::set<std::string> described;
  for (const auto& [path, operations] : document_.at("paths").items()) {
    for (const auto& [method, operation] : operations.items()) {
      described.insert(method + ' ' + path);
    }
  }
  EXPECT_EQ(served, described);
}

// As openapi.json has it: labels are one parameter of many fields.
std::set<std::string> fields_in(const json& operation) {
  std::set<std::string> fields;
  for (const json& parameter : operation.at("parameters")) {
    if (parameter.at("in") != "query") continue;
    fields.insert(parameter.at("name") == "label" ? "label.*" : parameter.at("name"));
  }
  return fields;
}

TEST_F(ADescription, HoldsEveryFieldOfEveryQueryAndOthersAreRefused) {
  const char* const names[] = {"get", "post", "delete"};
  for (const Route& route : all_routes()) {
    const std::string method = names[static_cast<int>(route.method)];
    SCOPED_TRACE(method + ' ' + route.pattern);
    if (route.fields == Router::Fields{"*"}) continue;
    EXPECT_EQ(std::set(route.fields.begin(), route.fields.end()),
              fields_in(document_.at("paths").at(route.pattern).at(method)));
    if (method != "get") continue;
    std::string path = route.pattern;
    std::erase_if(path, [](char c) { return c == '{' || c == '}'; });
    const auto refused = client_->Get(path + "?limit=1&grup=web1");
    EXPECT_EQ(status_of(refused), 400);
    expect_described(route.pattern, method, refused);
    const bool has_limit = std::ranges::count(route.fields, "limit") > 0;
    EXPECT_THAT(refused->body, HasSubstr(has_limit ? "\"grup: there" : "\"limit: th"));
  }
  EXPECT_EQ(status_of(post("/-/reload?allow_shrinking=1", "")), 400);
  EXPECT_EQ(status_of(client_->Get("/metrics?collect[]=x")), 200);
  EXPECT_EQ(status_of(client_->Get("/?from=a+mail")), 200);
}

TEST_F(ADescription, FitsEveryAnswerToReading) {
  const json incident = get("/api/v1/incidents").at("incidents").at(0);
  const std::string id = incident.at("id");
  struct Case {
    std::string path;
    std::string asked;
    int status = 200;
  };
  for (const Case& c : {
           Case{"/-/healthy", "/-/healthy"},
           Case{"/-/ready", "/-/ready"},
           Case{"/metrics", "/metrics"},
           Case{"/probe", "/probe?target=10.0.1.8:80"},
           Case{"/probe", "/probe?target=10.0.1.8&module=icmp"},
           Case{"/probe", "/probe?target=web1", 400},
           Case{"/probe", "/probe?target=192.0.2.1", 404},
           Case{"/api/v1/status", "/api/v1/status"},
           Case{"/api/v1/groups", "/api/v1/groups"},
           Case{"/api/v1/groups", "/api/v1/groups?limit=1&trouble=any&prefix=10.0.0.0/16"},
           Case{"/api/v1/groups", "/api/v1/groups?trouble=bad", 400},
           Case{"/api/v1/groups/{group}", "/api/v1/groups/web1"},
           Case{"/api/v1/groups/{group}", "/api/v1/groups/nobody", 404},
           Case{"/api/v1/groups/{group}/history", "/api/v1/groups/web1/history"},
           Case{"/api/v1/groups/{group}/history", "/api/v1/groups/web1/history?since_s=x", 400},
           Case{"/api/v1/groups/{group}/history", "/api/v1/groups/web1/history?after=x", 400},
           Case{"/api/v1/addresses/{address}/history", "/api/v1/addresses/10.0.1.8/history"},
           Case{"/api/v1/addresses/{address}/history", "/api/v1/addresses/ten/history", 400},
           Case{"/api/v1/map", "/api/v1/map"},
           Case{"/api/v1/targets", "/api/v1/targets"},
           Case{"/api/v1/targets", "/api/v1/targets?limit=5&group=web1&state=missing"},
           Case{"/api/v1/targets", "/api/v1/targets?format=ndjson"},
           Case{"/api/v1/targets", "/api/v1/targets?limit=0", 400},
           Case{"/api/v1/incidents", "/api/v1/incidents"},
           Case{"/api/v1/incidents", "/api/v1/incidents?since_s=3600&group=web1"},
           Case{"/api/v1/incidents", "/api/v1/incidents?since_s=-1", 400},
           Case{"/api/v1/incidents/{id}", "/api/v1/incidents/" + id},
           Case{"/api/v1/incidents/{id}", "/api/v1/incidents/none", 404},
           Case{"/api/v1/sweeps", "/api/v1/sweeps?limit=2"},
           Case{"/api/v1/sweeps", "/api/v1/sweeps?after=x", 400},
           Case{"/api/v1/sweeps/points", "/api/v1/sweeps/points?since_s=3600&limit=10"},
           Case{"/api/v1/sweeps/points", "/api/v1/sweeps/points?limit=2001", 400},
           Case{"/api/v1/inventory", "/api/v1/inventory"},
           Case{"/api/v1/silences", "/api/v1/silences"},
           Case{"/api/v1/notes", "/api/v1/notes"},
           Case{"/api/v1/verifications", "/api/v1/verifications?group=web1"},
           Case{"/api/v1/verifications", "/api/v1/verifications", 400},
           Case{"/api/v1/openapi.json", "/api/v1/openapi.json"},
       }) {
    SCOPED_TRACE(c.asked);
    const auto result = client_->Get(c.asked);
    EXPECT_EQ(status_of(result), c.status);
    if (c.path == "/api/v1/openapi.json") continue;  // many lines
    expect_described(c.path, "get", result);
  }
}

TEST_F(ADescription, HoldsBothFormatsOfMetrics) {
  for (const char* path : {"/metrics", "/probe"}) {
    const auto answer = client_->Get(std::string(path) + "?target=10.0.1.1",
                                     {{"Accept", "application/openmetrics-text"}});
    expect_described(path, "get", answer);
    EXPECT_THAT(answer->body, HasSubstr("# EOF\n"));
  }
  EXPECT_THAT(client_->Get("/metrics")->body, HasSubstr("\nrollcall_sweep_interval_seconds 5\n"));
}

TEST_F(ADescription, FitsEveryAnswerToChanging) {
  const auto silence =
      post("/api/v1/silences",
           R"({"groups":["web1"],"duration_s":600,"author":"anna","reason":"disks"})");
  expect_described("/api/v1/silences", "post", silence);
  expect_described("/api/v1/silences", "get", client_->Get("/api/v1/silences"));
  const std::string id = json::parse(silence->body).at("id");
  EXPECT_TRUE(get("/api/v1/groups/web1").at("silenced"));
  expect_described("/api/v1/silences/{id}", "delete",
                   client_->Delete("/api/v1/silences/" + id, writing()));
  expect_described("/api/v1/silences/{id}", "delete",
                   client_->Delete("/api/v1/silences/" + id, writing()));
  struct Case {
    const char* path;
    const char* body;
    int status;
  };
  for (const Case& c :
       {Case{"/api/v1/silences", "{}", 400},
        Case{"/api/v1/notes", R"({"group":"web1","text":"x","author":"a"})", 200},
        Case{"/api/v1/notes", R"({"group":"web1"})", 400},
        Case{"/api/v1/verifications",
             R"({"group":"web1","by":"anna","passed":true,"expected":8,"answering":8})", 201},
        Case{"/api/v1/verifications", R"({"group":"nobody","by":"a"})", 400},
        Case{"/api/v1/sweeps", "{}", 202}, Case{"/api/v1/sweeps", R"({"group":"nobody"})", 404},
        Case{"/api/v1/alerts/test", "{}", 200}, Case{"/-/reload", "", 200}}) {
    SCOPED_TRACE(c.path);
    const auto result = post(c.path, c.body);
    EXPECT_EQ(status_of(result), c.status) << c.body;
    expect_described(c.path, "post", result);
  }
  expect_described("/api/v1/notes", "get", client_->Get("/api/v1/notes"));
  expect_described("/api/v1/verifications", "get",
                   client_->Get("/api/v1/verifications?group=web1"));
  expect_described("/api/v1/notes", "post",
                   client_->Post("/api/v1/notes", "{}", "application/json"));
  const auto as_text = client_->Post("/api/v1/notes", writing(), "{}", "text/plain");
  EXPECT_EQ(status_of(as_text), 415);
  expect_described("/api/v1/notes", "post", as_text);
}

TEST_F(ADescription, OfOneGroupSaysWhatIsMissing) {
  const json group = get("/api/v1/groups/web1");
  EXPECT_EQ(group.at("missing_ranges"), json::array({"10.0.1.5-10.0.1.8"}));
  EXPECT_EQ(group.at("answering"), 4);
  EXPECT_EQ(group.at("incident").at("subject"), "web1");
  EXPECT_THAT(get("/api/v1/status").at("sentence").get<std::string>(),
              HasSubstr("44 of 48 addresses answer; web1 lost 4 addresses "));
  const json target = get("/api/v1/targets?address=10.0.1.8").at("targets").at(0);
  EXPECT_EQ(target.at("state"), "missing");
  EXPECT_TRUE(target.at("since").is_string());
  EXPECT_FALSE(target.at("evidence").empty());
}

// All pages together are all rows, whatever the size of a page.
TEST_F(ADescription, LeadsFromPageToPage) {
  for (const int limit : {1, 7, 48, 100}) {
    std::string next = "0";
    std::vector<int> rows;
    for (int pages = 0; pages < 100 && !next.empty(); ++pages) {
      const json page = get(fmt::format("/api/v1/targets?limit={}&after={}", limit, next));
      for (const json& target : page.at("targets")) rows.push_back(target.at("row"));
      next = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
    }
    ASSERT_EQ(rows.size(), kGroups * kAddresses) << limit;
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], i);
  }
}

TEST_F(ADescription, LeadsThroughIncidentsOpenOrNotAsManyAtATimeAsWereAskedFor) {
  for (std::uint32_t i = 4; i < kAddresses; ++i) fates_[3 * kAddresses + i] = cli::Fate::kSilent;
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(status_of(post("/api/v1/sweeps", R"({"group":"web3"})")), 202);
    return get("/api/v1/incidents").at("incidents").size() == 2;
  }));
  for (const char* fields : {"?", "?since_s=3600&", "?open=1&"}) {
    SCOPED_TRACE(fields);
    const std::string path = std::string("/api/v1/incidents") + fields;
    const json first = get(path + "limit=1");
    ASSERT_EQ(first.at("incidents").size(), 1U);
    ASSERT_TRUE(first.at("next").is_string());
    const json second = get(path + "limit=1&after=" + first.at("next").get<std::string>());
    ASSERT_EQ(second.at("incidents").size(), 1U);
    EXPECT_TRUE(second.at("next").is_null());
    EXPECT_NE(first.at("incidents"), second.at("incidents"));
    const json of_group = get(path + "limit=1&group=web3");
    EXPECT_EQ(of_group.at("incidents").at(0).at("subject"), "web3");
    EXPECT_TRUE(of_group.at("next").is_null());
    EXPECT_EQ(status_of(client_->Get(path + "limit=0")), 400);
    EXPECT_EQ(status_of(client_->Get(path + "after=x")), 400);
  }
}

TEST_F(ADescription, IsNotSentAgainWhileItIsFresh) {
  for (const char* path : {"/api/v1/map", "/api/v1/groups", "/api/v1/targets",
                           "/api/v1/targets?format=ndjson", "/api/v1/openapi.json"}) {
    SCOPED_TRACE(path);
    // A sweep may end between the two.
    ASSERT_TRUE(eventually([&] {
      const auto first = client_->Get(path);
      const std::string etag = first ? first->get_header_value("ETag") : "";
      const auto again = client_->Get(path, {{"If-None-Match", "\"x\""}, {"If-None-Match", etag}});
      if (etag.empty() || status_of(again) != 304) return false;
      EXPECT_EQ(again->body, "");
      for (const char* name : {"ETag", "Vary", "Cache-Control"}) {
        EXPECT_EQ(again->get_header_value(name), first->get_header_value(name)) << name;
      }
      return true;
    }));
    EXPECT_EQ(status_of(client_->Get(path, {{"If-None-Match", "\"other\""}})), 200);
  }
}

TEST_F(ADescription, OfEventsTellsWhoVerifiedDuringAnIncident) {
  RawClient listener(port_);
  listener.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  listener.receive("event: view");
  const std::string body = R"({"group":"web1","by":"anna","expected":8,"answering":4})";
  ASSERT_EQ(status_of(post("/api/v1/verifications", body)), 201);
  EXPECT_THAT(listener.receive(R"("verified_by":["anna"])"), HasSubstr("event: incident\n"));
}

TEST_F(ADescription, OfEventsIsWhatHappens) {
  RawClient listener(port_);
  listener.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string hello = listener.receive("event: view");
  EXPECT_THAT(hello, HasSubstr("text/event-stream"));
  EXPECT_THAT(hello, HasSubstr("event: hello"));
  heal_all();
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(status_of(post("/api/v1/sweeps", "{}")), 202);
    return get("/api/v1/incidents").at("incidents").empty();
  }));
  // Until the incident is over: a cell a line, its group, and the incident itself.
  const std::string events = listener.receive(R"("change":"ended")");
  EXPECT_THAT(events, HasSubstr("event: cells\n"));
  EXPECT_THAT(events, HasSubstr("[12,1]"));
  EXPECT_THAT(events, HasSubstr("event: groups\n"));
  EXPECT_THAT(events, HasSubstr("event: incident\n"));
  ASSERT_EQ(status_of(post("/api/v1/notes", R"({"group":"web2","text":"x","author":"a"})")), 200);
  EXPECT_THAT(listener.receive("event: notes\n"), HasSubstr(R"(data: {"group":"web2"})"));
}

}  // namespace
}  // namespace rollcall::web
