#include "cli/watch/api_json.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/base/utc_text.h"
#include "scheduler/history/incident_json.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kNamesMax = 1000;
constexpr double kLongestSilence_s = 90.0 * 24 * 3600;
constexpr std::size_t kRangesShownMax = 1000;

double seconds_of(Duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

Json ranges_json(const std::vector<AddressRange>& ranges) {
  Json list = Json::array();
  for (const AddressRange& range : ranges) {
    if (list.size() == kRangesShownMax) {
      list.push_back(fmt::format("and {} more ranges", ranges.size() - kRangesShownMax));
      break;
    }
    list.push_back(range.to_string());
  }
  return list;
}

Json closed_json(const inventory::TargetTable& table, const verdict::GroupReport& report) {
  std::vector<AddressRange> ranges;
  for (const TargetIndex target : report.not_as_expected) {
    verdict::append_address(ranges, table[target].address);
  }
  return ranges_json(ranges);
}

bool is_worth_showing(const watch::GroupStanding& standing) {
  return standing.trouble || standing.is_settling || standing.figures.suspects > 0 ||
         standing.figures.missing > 0;
}

Json group_json(const watch::Watch& watch, GroupIndex index, const watch::GroupStanding& standing) {
  const inventory::Group& group = watch.table().group(index);
  const verdict::GroupReport report = watch.report_of(index);
  const watch::GroupFigures& figures = standing.figures;
  return {{"group", group.name},
          {"trouble", standing.trouble ? Json(to_string(*standing.trouble)) : Json()},
          {"settling", standing.is_settling},
          {"expected", figures.expected},
          {"answering", figures.answering},
          {"missing", ranges_json(report.missing_ranges)},
          {"closed", closed_json(watch.table(), report)},
          {"suspects", figures.suspects},
          {"never_answered", figures.never_answered},
          {"note", group.note}};
}

Json sweep_json(const watch::SweepSummary& sweep) {
  return {{"started_at", utc_text(sweep.started_at)},
          {"duration_s", seconds_of(sweep.duration)},
          {"targets", sweep.targets},
          {"open", sweep.open},
          {"closed", sweep.closed},
          {"missing", sweep.missing},
          {"unknown", sweep.unknown},
          {"conclusive", sweep.conclusive},
          {"reason", sweep.reason},
          {"rate_pps", std::round(sweep.rate_pps)},
          {"probes_sent", sweep.probes_sent},
          {"replies", sweep.replies}};
}

// nlohmann's words for what is missing or of another type name the field.
template <typename Read>
auto read_body(const std::string& body, const Read& read) -> decltype(read(Json())) {
  try {
    const Json parsed = Json::parse(body);
    if (!parsed.is_object()) return fail(ErrorCode::kUsage, "the body is no JSON object");
    return read(parsed);
  } catch (const Json::exception& exception) {
    return fail(ErrorCode::kUsage, history::clipped(exception.what(), history::kNameBytesMax));
  }
}

Result<std::string> text_in(const Json& object, const char* field, std::size_t bytes_max,
                            bool may_be_empty = false) {
  auto text = object.value(field, std::string());
  if (text.size() > bytes_max) {
    return fail(ErrorCode::kUsage, fmt::format("{}: longer than {} bytes", field, bytes_max));
  }
  if (text.empty() && !may_be_empty) {
    return fail(ErrorCode::kUsage, fmt::format("{}: is missing", field));
  }
  return text;
}

Result<Duration> seconds_in(const Json& object, const char* field, double least) {
  const double value = object.value(field, 0.0);
  if (!(value >= least && value <= kLongestSilence_s)) {
    return fail(ErrorCode::kUsage, fmt::format("{}: a number of seconds from {} to {}", field,
                                               least, kLongestSilence_s));
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

Result<void> read_whom(const Json& object, watch::Silence& silence) {
  silence.groups = object.value("groups", std::vector<std::string>{});
  silence.labels = object.value("labels", std::map<std::string, std::string>{});
  if (silence.groups.empty() && silence.labels.empty()) {
    return fail(ErrorCode::kUsage, "groups: name at least one group or label");
  }
  if (silence.groups.size() + silence.labels.size() > kNamesMax) {
    return fail(ErrorCode::kUsage, fmt::format("groups: more than {} names", kNamesMax));
  }
  return {};
}

}  // namespace

Json status_json(const ServiceView& view) {
  const inventory::TargetTable& table = view.watch.table();
  Json groups = Json::array();
  std::uint64_t never_answered = 0;
  for (std::uint32_t i = 0; i < table.groups().size(); ++i) {
    const watch::GroupStanding standing = view.watch.standing_of({i});
    never_answered += standing.figures.never_answered;
    if (is_worth_showing(standing)) groups.push_back(group_json(view.watch, {i}, standing));
  }
  return {{"schema", "rollcall.status/1"},
          {"site", view.config.site},
          {"now", utc_text(view.now)},
          {"started_at", utc_text(view.started_at)},
          {"inventory",
           {{"targets", table.size()},
            {"addresses", table.addresses()},
            {"groups", table.groups().size()},
            {"taken_at", utc_text(view.inventory_at)},
            {"problem", view.inventory_problem}}},
          {"last_sweep", view.last_sweep ? sweep_json(*view.last_sweep) : Json()},
          {"sweeping", view.is_sweeping},
          {"sweep_problem", view.sweep_problem},
          {"next_sweep_in_s", seconds_of(view.next_turn_in)},
          {"missed_turns", view.missed_turns},
          {"groups_not_up", std::move(groups)},
          {"never_answered", never_answered},
          {"incidents", incidents_json(view.watch.open_incidents())},
          {"silences", silences_json(view.chronicle.silences(), view.now)},
          {"receivers", receivers_json(view.chronicle.receivers())},
          {"history_rows_waiting", view.chronicle.rows_waiting()}};
}

Json incidents_json(const std::vector<watch::Incident>& incidents) {
  Json list = Json::array();
  for (const watch::Incident& incident : incidents)
    list.push_back(Json(history::to_json(incident)));
  return list;
}

Json silence_json(const watch::Silence& silence, WallTime now) {
  return {{"id", silence.id},
          {"groups", silence.groups},
          {"labels", silence.labels},
          {"starts_at", utc_text(silence.starts_at)},
          {"ends_at", utc_text(silence.ends_at)},
          {"active", silence.starts_at <= now && now < silence.ends_at},
          {"author", silence.author},
          {"reason", silence.reason}};
}

Json silences_json(const std::vector<watch::Silence>& silences, WallTime now) {
  Json list = Json::array();
  for (const watch::Silence& silence : silences) list.push_back(silence_json(silence, now));
  return list;
}

Json receivers_json(const std::vector<alert::ReceiverStatus>& receivers) {
  Json list = Json::array();
  for (const alert::ReceiverStatus& receiver : receivers) {
    list.push_back({{"name", receiver.name},
                    {"waiting", receiver.waiting},
                    {"failing", receiver.failing},
                    {"last_failure", receiver.last_failure}});
  }
  return list;
}

Result<watch::Silence> silence_from(const std::string& body, WallTime now) {
  return read_body(body, [&](const Json& object) -> Result<watch::Silence> {
    watch::Silence silence;
    if (auto whom = read_whom(object, silence); !whom) return std::unexpected(whom.error());
    const auto start = seconds_in(object, "start_in_s", 0);
    if (!start) return std::unexpected(start.error());
    const auto lasts = seconds_in(object, "duration_s", 1);
    if (!lasts) return std::unexpected(lasts.error());
    auto author = text_in(object, "author", history::kNameBytesMax);
    if (!author) return std::unexpected(author.error());
    auto reason = text_in(object, "reason", history::kTextBytesMax);
    if (!reason) return std::unexpected(reason.error());
    silence.starts_at = now + *start;
    silence.ends_at = silence.starts_at + *lasts;
    silence.author = *std::move(author);
    silence.reason = *std::move(reason);
    return silence;
  });
}

Result<watch::Note> note_from(const std::string& body, WallTime now) {
  return read_body(body, [&](const Json& object) -> Result<watch::Note> {
    auto group = text_in(object, "group", history::kNameBytesMax);
    if (!group) return std::unexpected(group.error());
    auto text = text_in(object, "text", inventory::kNoteBytesMax, true);
    if (!text) return std::unexpected(text.error());
    auto author = text_in(object, "author", history::kNameBytesMax);
    if (!author) return std::unexpected(author.error());
    return watch::Note{*std::move(group), *std::move(text), *std::move(author), now};
  });
}

Result<watch::Verification> verification_from(const std::string& body, WallTime now) {
  return read_body(body, [&](const Json& object) -> Result<watch::Verification> {
    auto group = text_in(object, "group", history::kNameBytesMax);
    if (!group) return std::unexpected(group.error());
    auto by = text_in(object, "by", history::kNameBytesMax);
    if (!by) return std::unexpected(by.error());
    return watch::Verification{.at = now,
                               .group = *std::move(group),
                               .by = *std::move(by),
                               .passed = object.value("passed", false),
                               .expected = object.value("expected", 0U),
                               .answering = object.value("answering", 0U)};
  });
}

}  // namespace rollcall::cli
