#include "cli/command_status.h"

#include <fmt/format.h>

#include <memory>

#include "cli/api_client.h"
#include "cli/render_group.h"
#include "cli/render_incident.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kGroupsMax = 20;

std::string sweep_line(const Json& status) {
  const Json& sweep = status.at("last_sweep");
  if (sweep.is_null()) return "last sweep: none yet\n";
  const auto count = [&](const char* field) { return sweep.at(field).get<std::uint64_t>(); };
  std::string line = fmt::format("last sweep: {}, {} targets, {} open, {} closed, {} not answering",
                                 time_of(sweep, "started_at"), count("targets"), count("open"),
                                 count("closed"), count("missing"));
  if (count("unknown") > 0) line += fmt::format(", {} unknown", count("unknown"));
  const std::string reason = text_of(sweep, "reason");
  return line + (reason.empty() ? "" : "; inconclusive: " + reason) + "\n";
}

std::string problem_line(const char* what, const std::string& problem) {
  return problem.empty() ? "" : fmt::format("{}: {}\n", what, problem);
}

// These are in no incident, so they are named here.
std::string never_answered_lines(const Json& status) {
  const auto number = status.at("never_answered").get<std::uint64_t>();
  if (number == 0) return "";
  const Json& groups = status.at("groups_never_answered");
  std::string text =
      fmt::format("\nnever answered, and in no incident: {}\n", counted(number, "address"));
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
  } else if (groups.empty()) {
    text += any_never ? "every address that has ever answered does\n" : "all groups are up\n";
  }
  for (const Json& group : groups) text += group_lines(group);
  return text + never_answered_lines(status);
}

std::string text_of_status(const Json& status) {
  const Json& inventory = status.at("inventory");
  std::string text = fmt::format("watching {} targets in {} groups\n{}",
                                 inventory.at("targets").get<std::uint64_t>(),
                                 inventory.at("groups").get<std::uint64_t>(), sweep_line(status));
  text += problem_line("inventory refused", text_of(inventory, "problem"));
  text += problem_line("sweeps fail", text_of(status, "sweep_problem"));
  for (const Json& receiver : status.at("receivers")) {
    if (!receiver.at("failing").get<bool>()) continue;
    text += problem_line("alerts fail",
                         text_of(receiver, "name") + ": " + text_of(receiver, "last_failure"));
  }
  const auto waiting = status.at("history_rows_waiting").get<std::uint64_t>();
  if (waiting > 0) text += fmt::format("history: {} rows wait for the disk\n", waiting);
  text += standing_lines(status);
  if (!status.at("incidents").empty()) text += "\nincidents:\n";
  for (const Json& incident : status.at("incidents")) text += incident_lines(incident);
  if (!status.at("silences").empty()) text += "\nsilences:\n";
  for (const Json& silence : status.at("silences")) text += silence_line(silence);
  return text;
}

// As of a sweep: what is missing is not hidden by what is not known.
int exit_code_of(const Json& status) {
  int code = 0;
  for (const Json& group : status.at("groups_not_up")) {
    const Json& trouble = group.at("trouble");
    if (trouble.is_null()) continue;
    code = std::max(code, trouble == "service_down" ? 1 : 2);
  }
  const bool is_known =
      status.at("last_sweep").is_object() && status.at("sweep_problem").get<std::string>().empty();
  return code < 2 && !is_known ? 3 : code;
}

}  // namespace

void add_status_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ClientOptions>();
  CLI::App* command = app.add_subcommand("status", "what a running watch holds to be true");
  add_client_options(*command, *options, false);
  command->footer(
      "Exit: 0 all groups up, 1 some service closed, 2 addresses missing, 3 not known.\n"
      "An address that never answered is not expected to: it is named, and changes no exit code.\n"
      "\nExample:\n"
      "  rollcall status --format json");
  on_run(*command, exit_code, [options]() -> Result<int> {
    const auto status = api_get(*options, "/api/v1/status");
    if (!status) return std::unexpected(status.error());
    if (auto shown = show(*options, *status, text_of_status); !shown) {
      return std::unexpected(shown.error());
    }
    return exit_code_of(*status);
  });
}

}  // namespace rollcall::cli
