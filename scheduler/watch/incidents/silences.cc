#include "scheduler/watch/incidents/silences.h"

#include <algorithm>

#include "engine/base/text/name_text.h"

namespace rollcall::watch {

bool is_active(const Silence& silence, WallTime at) {
  return (silence.has_begun || silence.starts_at <= at) && at < silence.ends_at;
}

void normalise_names(Silence& silence) {
  for (std::string& group : silence.groups) normalise_name(group);
  for (auto& [label, value] : silence.labels) normalise_name(value);
}

bool matches(const Silence& silence, std::string_view group, const Labels& labels) {
  if (std::ranges::find(silence.groups, group) != silence.groups.end()) return true;
  return !silence.labels.empty() && std::ranges::all_of(silence.labels, [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

std::string silenced_by(std::span<const Silence> silences, const Incident& incident, WallTime at) {
  std::string id;
  for (const std::string& group : incident.groups) {
    const auto found = std::ranges::find_if(silences, [&](const Silence& silence) {
      return is_active(silence, at) && matches(silence, group, incident.labels);
    });
    if (found == silences.end()) return "";
    if (id.empty()) id = found->id;
  }
  return id;
}

}  // namespace rollcall::watch
