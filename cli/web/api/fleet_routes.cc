#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cli/web/api/fleet_json.h"
#include "cli/web/api/listing.h"
#include "cli/web/api/routes.h"

namespace rollcall::web {
namespace {

constexpr std::uint32_t kRowsAPiece = 50'000;  // rows checked for one piece, when few match

constexpr Duration kServiceSilenceMax = std::chrono::seconds(10);

// The ETag of answers that depend only on the snapshot's content. The start time makes it differ
// after a restart.
std::string content_etag(const FleetSnapshot& view) {
  return fmt::format("\"{:x}-{}\"", view.started_at.time_since_epoch().count(),
                     view.content_version);
}

// Takes the labels of a group (Labels) or of a row (inventory::LabelSet). All of them are sorted.
bool has_labels(const auto& labels, const Labels& wanted) {
  return std::includes(labels.begin(), labels.end(), wanted.begin(), wanted.end(),
                       [](const auto& a, const auto& b) {
                         return std::tie(a.first, a.second) < std::tie(b.first, b.second);
                       });
}

// Rows of a group are ordered by address.
bool has_address_in(const FleetSnapshot& view, const inventory::Group& group,
                    const AddressRange& prefix) {
  const auto rows = view.table().rows(group);
  const auto first = std::ranges::lower_bound(rows, prefix.first, {}, &inventory::Target::address);
  return first != rows.end() && (*first).address <= prefix.last;
}

bool is_in_trouble(const watch::GroupStatus& status, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(wanted, [&](const std::string& word) {
    if (!status.trouble) return word == "none";
    return word == "any" || word == to_string(*status.trouble);
  });
}

bool is_wanted(const FleetSnapshot& view, GroupIndex index, const FleetFilter& filter) {
  const inventory::Group& group = view.table().group(index);
  return (!filter.group || *filter.group == group.name) &&
         has_labels(view.facts->labels[index.value], filter.labels) &&
         (filter.troubles.empty() || is_in_trouble(view.groups[index.value], filter.troubles)) &&
         (!filter.prefix || has_address_in(view, group, *filter.prefix));
}

Response refused(const Error& error) {
  return problem(400, error.to_string());
}

Response groups(const Request& request) {
  const auto filter = read_filter(request);
  if (!filter) return refused(filter.error());
  const auto after = read_after(request);
  if (!after) return refused(after.error());
  const auto limit = read_limit(request, {.standard = 10'000, .most = 10'000});
  if (!limit) return refused(limit.error());
  const SnapshotPtr& view = request.view;
  Response response{.etag = content_etag(*view)};
  if (has_etag(request, response.etag)) return not_modified(std::move(response));
  std::vector<GroupIndex> chosen;
  Json next;
  for (std::uint32_t i = *after; i < view->groups.size(); ++i) {
    if (!is_wanted(*view, {i}, *filter)) continue;
    if (chosen.size() == *limit) {
      next = std::to_string(i);
      break;
    }
    chosen.push_back({i});
  }
  auto element = [view, chosen = std::move(chosen), i = std::size_t{0}](std::string& out) mutable {
    if (i == chosen.size()) return Listing::Step::kEnd;
    out = group_json(*view, chosen[i++]).dump(-1, ' ', false, Json::error_handler_t::replace);
    return Listing::Step::kElement;
  };
  response.body = body_source_of(
      {.head =
           fmt::format(R"({{"schema":"rollcall.groups/1","version":{},"groups":[)", view->version),
       .next = std::move(element),
       .tail = [tail = fmt::format("],\"next\":{}}}\n", next.dump())] { return tail; }});
  return response;
}

Response one_group(const Request& request) {
  const auto group = request.view->facts->by_name.find(request.captured.front());
  if (group == request.view->facts->by_name.end()) return problem(404, "there is no such group");
  return json_answer(whole_group_json(*request.view, group->second));
}

// Iterates over the rows that match the filter.
class TargetWalk {
 public:
  TargetWalk(SnapshotPtr view, const FleetFilter& filter, std::uint32_t after, std::uint32_t limit)
      : view_(std::move(view)), filter_(filter), writer_(*view_), row_(after), left_(limit) {
    end_ = static_cast<std::uint32_t>(view_->targets().size());
    if (!filter_.group) return;
    const auto group = view_->facts->by_name.find(*filter_.group);
    if (group == view_->facts->by_name.end()) {
      end_ = 0;
    } else {
      const inventory::Group& rows = view_->table().group(group->second);
      row_ = std::max(row_, rows.first);
      end_ = rows.first + rows.targets;
    }
  }

  Listing::Step next(std::string& out) {
    for (std::uint32_t looked = 0; row_ < end_; ++row_) {
      if (is_wanted(row_)) {
        if (left_ == 0) return Listing::Step::kEnd;
        --left_;
        writer_.append(out, row_++);
        return Listing::Step::kElement;
      }
      if (++looked == kRowsAPiece) return Listing::Step::kBusy;
    }
    return Listing::Step::kEnd;
  }

  // The first row of the next page; nullopt: this was the last.
  std::optional<std::uint32_t> rest() const {
    return row_ < end_ ? std::optional(row_) : std::nullopt;
  }

 private:
  bool is_wanted(std::uint32_t row) const {
    const inventory::Target& target = view_->table()[{row}];
    const watch::TargetState state = view_->targets()[row].state;
    return (filter_.states.empty() ||
            std::ranges::find(filter_.states, state) != filter_.states.end()) &&
           (!filter_.address || target.address == *filter_.address) &&
           (!filter_.prefix || filter_.prefix->contains(target.address)) &&
           has_labels(view_->table().label_sets()[target.label_set], filter_.labels);
  }

  SnapshotPtr view_;
  FleetFilter filter_;
  TargetWriter writer_;
  std::uint32_t row_;
  std::uint32_t end_;
  std::uint32_t left_;
};

bool wants_lines(const Request& request) {
  return request.find("format") == "ndjson" ||
         request.accept.find("application/x-ndjson") != std::string::npos;
}

Response targets(const Request& request) {
  const auto filter = read_filter(request);
  if (!filter) return refused(filter.error());
  const auto after = read_after(request);
  if (!after) return refused(after.error());
  const bool is_lines = wants_lines(request);
  const PageLimits limits = is_lines ? PageLimits{UINT32_MAX, UINT32_MAX} : PageLimits{};
  const auto limit = read_limit(request, limits);
  if (!limit) return refused(limit.error());
  Response response{.content_type = is_lines ? "application/x-ndjson" : "application/json",
                    .body = {},
                    .etag = content_etag(*request.view),
                    .headers = {{"Vary", "Accept"}}};
  if (is_lines) response.etag.insert(response.etag.size() - 1, "-lines");
  if (has_etag(request, response.etag)) return not_modified(std::move(response));
  const auto walk = std::make_shared<TargetWalk>(request.view, *filter, *after, *limit);
  Listing listing{.next = [walk](std::string& out) { return walk->next(out); },
                  .tail = [] { return std::string(); },
                  .is_lines = is_lines};
  if (!is_lines) {
    listing.head = fmt::format(R"({{"schema":"rollcall.targets/1","version":{},"targets":[)",
                               request.view->version);
    listing.tail = [walk] {
      const auto rest = walk->rest();
      return rest ? fmt::format("],\"next\":\"{}\"}}\n", *rest) : "],\"next\":null}\n";
    };
  }
  response.body = body_source_of(std::move(listing));
  return response;
}

Response map(const Request& request) {
  Response response{.content_type = "application/octet-stream",
                    .body = {},
                    .etag = content_etag(*request.view),
                    .headers = {{"X-Rollcall-Version", std::to_string(request.view->version)}}};
  if (has_etag(request, response.etag)) return not_modified(std::move(response));
  std::string cells;
  cells.reserve(request.view->targets().size());
  for (const TargetDetail& detail : request.view->targets()) {
    cells += static_cast<char>(detail.state);
  }
  response.body = std::move(cells);
  return response;
}

Response silences(const Request& request) {
  return json_answer({{"schema", "rollcall.silences/1"},
                      {"silences", silences_json(request.view->silences, request.wall)}});
}

Response notes(const Request& request) {
  Json list = Json::array();
  for (const watch::Note& note : request.view->notes) list.push_back(note_json(note));
  return json_answer({{"schema", "rollcall.notes/1"}, {"notes", std::move(list)}});
}

Response openapi(const Request&) {
  return {.body = std::string(openapi_document()), .etag = std::string(openapi_etag())};
}

}  // namespace

void add_fleet_routes(Router& router, const SnapshotPublisher& publisher) {
  router.get("/-/healthy", [&publisher](const Request& request) {
    const bool is_healthy = request.now - publisher.last_beat() < kServiceSilenceMax;
    return json_answer({{"healthy", is_healthy}}, is_healthy ? 200 : 503);
  });
  router.get("/-/ready", [](const Request& request) {
    const bool is_ready = request.view->is_ready(request.now);
    return json_answer({{"ready", is_ready}}, is_ready ? 200 : 503);
  });
  router.get("/api/v1/status", [](const Request& request) {
    Json status = status_json(*request.view, request.wall, request.now);
    status["may_write"] = request.may_write;
    return json_answer(status);
  });
  router.get("/api/v1/groups", groups, {"group", "label.*", "prefix", "trouble", "after", "limit"});
  router.get("/api/v1/groups/{group}", one_group);
  router.get("/api/v1/targets", targets,
             {"group", "label.*", "prefix", "state", "address", "format", "after", "limit"});
  router.get("/api/v1/map", map);
  router.get("/api/v1/inventory",
             [](const Request& request) { return json_answer(inventory_json(*request.view)); });
  router.get("/api/v1/silences", silences);
  router.get("/api/v1/notes", notes);
  router.get("/api/v1/openapi.json", openapi);
  router.get("/api/v1/events", [](const Request&) {
    // nginx would hold events back until its buffer is full.
    return Response{.content_type = "text/event-stream",
                    .body = EventStream{},
                    .headers = {{"X-Accel-Buffering", "no"}}};
  });
}

}  // namespace rollcall::web
