#include "cli/render/incident_lines.h"

#include <fmt/format.h>

#include "cli/render/group_text.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"

namespace rollcall::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kItemsMax = 20;

std::string line_of(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("    {:<10}{}\n", name, value);
}

std::string whom(const Json& silence) {
  std::string text = joined_texts(silence.at("groups"), " ");
  for (const auto& [name, value] : silence.at("labels").items()) {
    if (!text.empty()) text += ' ';
    text += printable(name) + '=' + printable(value.get<std::string>());
  }
  return text;
}

}  // namespace

std::string text_of(const Json& object, const char* field) {
  return printable(object.at(field).get<std::string>());
}

std::string time_of(const Json& object, const char* field) {
  const std::string time = text_of(object, field);
  const std::size_t point = time.find('.');
  return point == std::string::npos ? time : time.substr(0, point) + "Z";
}

std::string joined_texts(const Json& list, const char* separator) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i == kItemsMax) return text + fmt::format("{}and {} more", separator, list.size() - i);
    if (i > 0) text += separator;
    text += printable(list[i].get<std::string>());
  }
  return text;
}

std::string incident_lines(const Json& incident) {
  const bool is_open = incident.at("ended_at").is_null();
  std::string lines =
      fmt::format("{}  {}\n", text_of(incident, "subject"), text_of(incident, "sentence"));
  lines += line_of("since", time_of(incident, "started_at"));
  if (!is_open) lines += line_of("until", time_of(incident, "ended_at"));
  if (!is_open) lines += line_of("worst", text_of(incident, "worst"));
  if (incident.at("flapping").get<bool>()) lines += line_of("flapping", "yes");
  lines += line_of("note", text_of(incident, "note"));
  lines += line_of("verified", joined_texts(incident.at("verified_by"), ", "));
  return lines;
}

std::string silence_line(const Json& silence) {
  return fmt::format("{}  {}  {} to {}  {}: {}{}\n", text_of(silence, "id"), whom(silence),
                     time_of(silence, "starts_at"), time_of(silence, "ends_at"),
                     text_of(silence, "author"), text_of(silence, "reason"),
                     silence.at("active").get<bool>() ? "" : "  (not begun)");
}

std::string group_lines(const Json& group) {
  const Json& trouble = group.at("trouble");
  const std::string state = group.at("settling").get<bool>() ? "settling"
                            : trouble.is_null()              ? "suspect"
                                                             : text_of(group, "trouble");
  const auto suspects = group.at("suspects").get<std::uint64_t>();
  const auto answering = group.at("answering").get<std::uint64_t>();
  // A suspect keeps its former state until the watch confirms the change. So the text does not say
  // that it answers now.
  const char* words = answering > 0 && suspects > 0 ? "answered before" : "answer";
  std::string line = fmt::format("{}  {}  {} of {} {}", text_of(group, "group"), state, answering,
                                 group.at("expected").get<std::uint64_t>(), words);
  if (!group.at("missing").empty()) {
    line += "; missing " + joined_texts(group.at("missing"), ", ");
  }
  if (!group.at("closed").empty()) {
    line += "; service not as expected on " + joined_texts(group.at("closed"), ", ");
  }
  if (suspects > 0) {
    line += fmt::format("; {} fell silent or closed since, being confirmed",
                        counted(suspects, "target"));
  }
  if (group.at("silenced").get<bool>()) line += "; silenced";
  return line + "\n" + line_of("note", text_of(group, "note"));
}

}  // namespace rollcall::cli
