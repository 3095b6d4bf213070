#include "cli/web/api/action_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/base/text/name_text.h"
#include "engine/base/text/words.h"
#include "engine/inventory/load.h"
#include "scheduler/history/incident_json.h"
#include "scheduler/watch/incidents/silences.h"

namespace rollcall::web {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamesMax = 1000;
constexpr double kLongestSilence_s = 90.0 * 24 * 3600;

// nlohmann's error texts for missing fields and wrong types name the field.
template <typename Read>
auto read_body(const std::string& body, const Read& read) -> decltype(read(Json())) {
  try {
    const Json parsed = Json::parse(body);
    if (!parsed.is_object()) return fail(ErrorCode::kUsage, "the body is no JSON object");
    return read(parsed);
  } catch (const Json::exception& exception) {
    return fail(ErrorCode::kUsage, clipped(exception.what(), history::kNameBytesMax));
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

// The normalised name of a group, as the inventory holds it. A blank name must not mean the whole
// fleet.
Result<std::string> group_in(const Json& object, bool may_be_empty = false) {
  auto text = text_in(object, "group", history::kNameBytesMax, may_be_empty);
  if (!text || text->empty()) return text;
  normalise_name(*text);
  if (text->empty()) return fail(ErrorCode::kUsage, "group: holds only blanks");
  return text;
}

Result<Duration> seconds_in(const Json& object, const char* field, double least) {
  const Json given = object.value(field, Json(0.0));
  const double value = given.is_number() ? given.get<double>() : -1;
  if (!(value >= least && value <= kLongestSilence_s)) {
    return fail(ErrorCode::kUsage, fmt::format("{}: a number of seconds from {} to {}", field,
                                               least, kLongestSilence_s));
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

// 0 if the field is absent. The library alone would wrap negative and too large numbers.
Result<std::uint32_t> count_in(const Json& object, const char* field) {
  const Json given = object.value(field, Json(0U));
  if (!given.is_number_unsigned() || given.get<std::uint64_t>() > UINT32_MAX) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: a whole number from 0 to {}", field, UINT32_MAX));
  }
  return given.get<std::uint32_t>();
}

Result<void> read_whom(const Json& object, watch::Silence& silence) {
  silence.groups = object.value("groups", std::vector<std::string>{});
  silence.labels = object.value("labels", std::map<std::string, std::string>{});
  normalise_names(silence);
  if (silence.groups.empty() && silence.labels.empty()) {
    return fail(ErrorCode::kUsage, "groups: name at least one group or label");
  }
  if (silence.groups.size() + silence.labels.size() > kNamesMax) {
    return fail(ErrorCode::kUsage, fmt::format("groups: more than {} names", kNamesMax));
  }
  return {};
}

}  // namespace

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
    auto group = group_in(object);
    if (!group) return std::unexpected(group.error());
    auto text = text_in(object, "text", inventory::kNoteBytesMax, true);
    if (!text) return std::unexpected(text.error());
    auto author = text_in(object, "author", history::kNameBytesMax);
    if (!author) return std::unexpected(author.error());
    return watch::Note{*std::move(group), *std::move(text), *std::move(author), now};
  });
}

Result<watch::VerificationRecord> verification_from(const std::string& body, WallTime now) {
  return read_body(body, [&](const Json& object) -> Result<watch::VerificationRecord> {
    auto group = group_in(object);
    if (!group) return std::unexpected(group.error());
    auto by = text_in(object, "by", history::kNameBytesMax);
    if (!by) return std::unexpected(by.error());
    const auto expected = count_in(object, "expected");
    if (!expected) return std::unexpected(expected.error());
    const auto answering = count_in(object, "answering");
    if (!answering) return std::unexpected(answering.error());
    return watch::VerificationRecord{.at = now,
                                     .group = *std::move(group),
                                     .by = *std::move(by),
                                     .passed = object.value("passed", false),
                                     .expected = *expected,
                                     .answering = *answering};
  });
}

Result<std::string> group_to_sweep_from(const std::string& body) {
  if (body.empty()) return std::string();
  return read_body(
      body, [&](const Json& object) -> Result<std::string> { return group_in(object, true); });
}

}  // namespace rollcall::web
