#include "cli/render/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/render/group_text.h"
#include "cli/render/incident_lines.h"
#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"

namespace rollcall::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kGroupsMax = 20;

std::string sweep_line(const Json& status) {
  const Json& sweep = status.at("last_sweep");
  if (sweep.is_null()) return "last sweep: none yet\n";
  const auto count = [&](const char* field) { return sweep.at(field).get<std::uint64_t>(); };
  std::string line = fmt::format("last sweep: {}, {} targets, {} open, {} closed, {} not answering",
                                 time_of(sweep, "started_at"), count("targets"), count("open"),
                                 count("closed"), count("missing"));
  if (count("unknown") > 0) line += fmt::format(", {} unknown", count("unknown"));
  return line + (sweep.at("conclusive").get<bool>() ? "\n" : "; inconclusive\n");
}

// The problems that keep the watch from judging, and the findings that this host does not cause.
std::string vantage_lines(const Json& vantage) {
  std::string text;
  for (const auto& [field, label] :
       {std::pair("problems", "problem"), std::pair("remarks", "remark")}) {
    for (const Json& line : vantage.at(field)) {
      text += fmt::format("{}: {}\n", label, printable(line.get<std::string>()));
    }
  }
  return text;
}

// Before the end of their grace period these addresses are in no incident, so they are listed here.
std::string never_answered_lines(const Json& status) {
  const auto number = status.at("never_answered").get<std::uint64_t>();
  if (number == 0) return "";
  const Json& groups = status.at("groups_never_answered");
  std::string text = fmt::format(
      "\nlisted, but never answered so far: {}; an incident when the grace period is "
      "over\n",
      counted(number, "address"));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == kGroupsMax) return text + "and others; --format json names more\n";
    text += fmt::format("{}  {}\n", text_of(groups[i], "group"),
                        joined_texts(groups[i].at("addresses"), ", "));
  }
  return text;
}

std::string standing_lines(const Json& status) {
  const Json& groups = status.at("groups_not_up");
  const bool any_never = status.at("never_answered").get<std::uint64_t>() > 0;
  std::string text = "\n";
  if (groups.empty() && status.at("last_sweep").is_null()) {
    text += text_of(status, "sentence") + "\n";
  } else if (groups.empty() && !status.at("ready").get<bool>()) {
    text += "no group was in trouble when that was last known\n";
  } else if (groups.empty()) {
    text += any_never ? "every address that has answered before does\n" : "all groups are up\n";
  }
  for (const Json& group : groups) text += group_lines(group);
  return text + never_answered_lines(status);
}

}  // namespace

std::string text_of_status(const Json& status) {
  const Json& inventory = status.at("inventory");
  std::string text = fmt::format("watching {} targets in {} groups\n{}",
                                 inventory.at("targets").get<std::uint64_t>(),
                                 inventory.at("groups").get<std::uint64_t>(), sweep_line(status));
  text += vantage_lines(status.at("vantage"));
  text += standing_lines(status);
  if (!status.at("incidents").empty()) text += "\nincidents:\n";
  for (const Json& incident : status.at("incidents")) text += incident_lines(incident);
  if (!status.at("silences").empty()) text += "\nsilences:\n";
  for (const Json& silence : status.at("silences")) text += silence_line(silence);
  return text;
}

int exit_code_of_status(const Json& status) {
  int code = 0;
  bool can_judge = true;
  for (const Json& group : status.at("groups_not_up")) {
    const Json& trouble = group.at("trouble");
    if (trouble.is_null()) continue;
    if (trouble == "cannot_judge") {
      can_judge = false;
    } else {
      code = std::max(code, trouble == "service_down" || trouble == "unstable" ? 1 : 2);
    }
  }
  // If a dependency fails, the watch probes fewer targets or notifies fewer receivers than the
  // operator expects.
  for (const Json& incident : status.at("incidents")) {
    if (incident.at("scope") == "dependency") code = std::max(code, 1);
  }
  // A listed address that has never answered is no success, also before it becomes an incident.
  if (status.at("never_answered").get<std::uint64_t>() > 0) code = std::max(code, 1);
  const bool is_known = status.at("ready").get<bool>() && !status.at("blind").get<bool>();
  return code < 2 && !(is_known && can_judge) ? 3 : code;
}

}  // namespace rollcall::cli
