#include "scheduler/history/incident_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "engine/base/text/words.h"

namespace rollcall::history {
namespace {

using nlohmann::json;
using std::chrono::seconds;

json list(const std::vector<std::string>& values, std::size_t count_max, std::size_t bytes_max) {
  json result = json::array();
  for (std::size_t i = 0; i < std::min(values.size(), count_max); ++i) {
    result.push_back(clipped(values[i], bytes_max));
  }
  return result;
}

json labels_of(const watch::Incident& incident) {
  json labels = json::object();
  for (const auto& [name, value] : incident.labels) {
    if (labels.size() == kRangesMax) break;
    labels[clipped(name, kNameBytesMax)] = clipped(value, kTextBytesMax);
  }
  return labels;
}

template <typename Enum>
Enum named(const json& object, const char* field, std::optional<Enum> (*from)(std::string_view)) {
  const auto& name = object.at(field).get_ref<const std::string&>();
  const auto value = from(name);
  if (!value) throw std::invalid_argument(fmt::format("unknown {} '{}'", field, name));
  return *value;
}

WallTime time_in(const json& value) {
  const auto& text = value.get_ref<const std::string&>();
  std::istringstream in(text);
  std::tm parts{};
  char dot = 0;
  char zone = 0;
  std::int64_t nanoseconds = 0;
  in >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%S") >> dot >> nanoseconds >> zone;
  if (!in || dot != '.' || zone != 'Z') throw std::invalid_argument("no time: " + text);
  return WallTime(seconds(::timegm(&parts)) + std::chrono::nanoseconds(nanoseconds));
}

watch::Incident parsed(const json& object) {
  watch::Incident incident;
  incident.id.value = object.at("id");
  incident.scope = named(object, "scope", watch::incident_scope_from);
  incident.subject = object.at("subject");
  incident.groups = object.at("groups");
  incident.started_at = time_in(object.at("started_at"));
  if (!object.at("ended_at").is_null()) incident.ended_at = time_in(object.at("ended_at"));
  incident.worst = named(object, "worst", watch::trouble_from);
  incident.now = named(object, "now", watch::trouble_from);
  incident.flapping = object.at("flapping");
  incident.expected = object.at("expected");
  incident.answering = object.at("answering");
  incident.never_answered = object.value("never_answered", 0U);  // absent in older histories
  incident.missing = object.at("missing");
  incident.closed = object.at("closed");
  incident.sentence = object.at("sentence");
  incident.note = object.at("note");
  incident.labels = object.at("labels");
  incident.verified_by = object.at("verified_by");
  incident.absorbed_by.value = object.at("absorbed_by");
  return incident;
}

}  // namespace

json to_json(const watch::Incident& incident) {
  const auto name = [](const std::string& text) { return clipped(text, kNameBytesMax); };
  return {{"id", clipped(incident.id.value, kTextBytesMax)},
          {"scope", to_string(incident.scope)},
          {"subject", name(incident.subject)},
          {"groups", list(incident.groups, kGroupsMax, kNameBytesMax)},
          {"started_at", to_text(incident.started_at)},
          {"ended_at", incident.ended_at ? json(to_text(*incident.ended_at)) : json()},
          {"worst", to_string(incident.worst)},
          {"now", to_string(incident.now)},
          {"flapping", incident.flapping},
          {"expected", incident.expected},
          {"answering", incident.answering},
          {"never_answered", incident.never_answered},
          {"missing", list(incident.missing, kRangesMax, kNameBytesMax)},
          {"closed", list(incident.closed, kRangesMax, kNameBytesMax)},
          {"sentence", clipped(incident.sentence, kTextBytesMax)},
          {"note", clipped(incident.note, kTextBytesMax)},
          {"labels", labels_of(incident)},
          {"verified_by", list(incident.verified_by, kRangesMax, kTextBytesMax)},
          {"absorbed_by", clipped(incident.absorbed_by.value, kTextBytesMax)}};
}

Result<watch::Incident> incident_from(std::string_view text) {
  try {
    return parsed(json::parse(text));
  } catch (const std::exception& exception) {  // nlohmann's, and invalid_argument from above
    return fail(ErrorCode::kInput,
                fmt::format("stored incident: {}", clipped(exception.what(), kNameBytesMax)));
  }
}

std::string to_text(WallTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const std::time_t since_epoch = whole.time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(since_epoch),
                     (time - whole).count());
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace rollcall::history
