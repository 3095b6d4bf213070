// Fuzzes the router and every answer built from a snapshot with untrusted request lines and header
// fields. Checks: no crash, and every body declared as JSON is JSON.
//
// Input: the request target, a newline, Accept, a newline, If-None-Match.

#include <cstdlib>
#include <string_view>

#include "cli/service/snapshot/fleet_snapshot.h"
#include "cli/web/api/routes.h"
#include "tests/fakes/small_table.h"

namespace {

using namespace rollcall;
using namespace rollcall::web;

SnapshotPtr small_view() {
  auto table = std::make_shared<const inventory::TargetTable>(
      fakes::table_of({{"10.0.0.1", 80, "web 1"},
                       {"10.0.0.2", 80, "web 1"},
                       {"10.0.1.1", 443, "\xff<script>\x01"},
                       {"2001:db8::1", 22, "six", inventory::Expect::kBound}}));
  auto view = std::make_shared<FleetSnapshot>();
  view->version = view->content_version = 1;
  view->facts = std::make_shared<const FleetFacts>(table);
  std::vector<TargetDetail> target_details(table->size());
  target_details[1] = {.since_s = 1,
                       .rtt_us = 1500,
                       .syn_evidence = 0x38,
                       .connect_evidence = 0x3,
                       .state = watch::TargetState::kMissing};
  view->target_details =
      std::make_shared<const std::vector<TargetDetail>>(std::move(target_details));
  view->groups.resize(table->groups().size());
  view->groups[0].trouble = watch::Trouble::kPartial;
  view->silenced.resize(table->groups().size());
  return view;
}

std::string_view line_of(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string whole_body(Body& body) {
  std::string whole;
  if (const auto* text = std::get_if<std::string>(&body)) whole = *text;
  if (auto* source = std::get_if<BodySource>(&body)) {
    for (bool more = true; more;) more = (*source)(whole);
  }
  return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SnapshotPtr view = small_view();
  static const SnapshotPublisher board{};
  static const Router router = [] {
    Router made;
    add_fleet_routes(made, board);
    return made;
  }();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view target = line_of(rest);
  const std::size_t path_end = std::min(target.find('?'), target.size());
  const auto query = parse_query(target.substr(std::min(path_end + 1, target.size())));
  auto found = router.find(Method::kGet, target.substr(0, path_end));
  if (!query || found.route == nullptr) return 0;
  const Request request{.method = Method::kGet,
                        .path = std::string(target.substr(0, path_end)),
                        .captured = std::move(found.captured),
                        .query = *query,
                        .accept = std::string(line_of(rest)),
                        .if_none_match = std::string(rest),
                        .view = view};
  Response response = std::get<Handler>(found.route->handler)(request);
  const std::string body = whole_body(response.body);
  const bool says_json = response.content_type.find("json") != std::string::npos &&
                         response.content_type != "application/x-ndjson";
  if (says_json && !Json::accept(body)) std::abort();
  return 0;
}
