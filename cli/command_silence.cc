#include <fmt/format.h>

#include <memory>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/render/incident_lines.h"
#include "engine/base/text/duration.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongest = 24h * 90;

struct AddArguments {
  ClientOptions client;
  std::vector<std::string> groups;
  std::vector<std::string> labels;
  std::string lasts;
  std::string after = "0";
  std::string author;
  std::string reason;
};

Result<double> seconds_of(const char* option, const std::string& text) {
  const auto duration = parse_duration(text, kLongest);
  if (!duration) {
    return fail(duration.error().code, fmt::format("{}: {}", option, duration.error().context));
  }
  return std::chrono::duration<double>(*duration).count();
}

Result<Json> labels_of(const std::vector<std::string>& texts) {
  Json labels = Json::object();
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kUsage, fmt::format("--label: '{}' is not NAME=VALUE", text));
    }
    labels[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return labels;
}

Result<int> shown(const ClientOptions& client, const Result<Json>& answer,
                  const std::function<std::string(const Json&)>& text) {
  if (!answer) return std::unexpected(answer.error());
  if (auto done = show(client, *answer, text); !done) return std::unexpected(done.error());
  return 0;
}

Result<int> add(const AddArguments& arguments) {
  const auto lasts = seconds_of("--for", arguments.lasts);
  if (!lasts) return std::unexpected(lasts.error());
  const auto after = seconds_of("--after", arguments.after);
  if (!after) return std::unexpected(after.error());
  auto labels = labels_of(arguments.labels);
  if (!labels) return std::unexpected(labels.error());
  const Json body{{"groups", arguments.groups}, {"labels", *labels},
                  {"start_in_s", *after},       {"duration_s", *lasts},
                  {"author", arguments.author}, {"reason", arguments.reason}};
  return shown(arguments.client, api_post(arguments.client, "/api/v1/silences", body),
               silence_line);
}

Result<int> list(const ClientOptions& client) {
  return shown(client, api_get(client, "/api/v1/silences"), [](const Json& document) {
    std::string text;
    for (const Json& silence : document.at("silences")) text += silence_line(silence);
    return text.empty() ? std::string("no silences\n") : text;
  });
}

Result<int> end(const ClientOptions& client, const std::string& id) {
  if (id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no ID; silence list shows them", id));
  }
  return shown(client, api_delete(client, "/api/v1/silences/" + id), silence_line);
}

void add_add(CLI::App& silence, Commands& commands) {
  auto arguments = std::make_shared<AddArguments>();
  CLI::App* command = silence.add_subcommand("add", "begin one, now or later");
  command->add_option("--group", arguments->groups, "whom it is about; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--label", arguments->labels,
                   "or all groups that have all of these labels; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--for", arguments->lasts, "how long, as 30m, 1h30m or 7d")
      ->required()
      ->type_name("TIME");
  command->add_option("--after", arguments->after, "begins so long from now (default: at once)")
      ->type_name("TIME");
  command->add_option("--by", arguments->author, "who says so")->required()->type_name("NAME");
  command->add_option("--reason", arguments->reason, "why")->required()->type_name("TEXT");
  add_client_options(*command, arguments->client);
  commands.add(*command, [arguments] { return add(*arguments); });
}

void add_list(CLI::App& silence, Commands& commands) {
  auto client = std::make_shared<ClientOptions>();
  CLI::App* command = silence.add_subcommand("list", "those that have not ended");
  add_client_options(*command, *client);
  commands.add(*command, [client] { return list(*client); });
}

void add_end(CLI::App& silence, Commands& commands) {
  auto client = std::make_shared<ClientOptions>();
  auto id = std::make_shared<std::string>();
  CLI::App* command = silence.add_subcommand("end", "end one early");
  command->add_option("ID", *id, "as silence list shows it")->required()->type_name("");
  add_client_options(*command, *client);
  commands.add(*command, [client, id] { return end(*client, *id); });
}

}  // namespace

void add_silence_command(CLI::App& app, Commands& commands) {
  CLI::App* silence = app.add_subcommand("silence", "maintenance windows of a running watch");
  silence->require_subcommand(1);
  silence->footer(
      "In a silence incidents are recorded and not announced; what outlasts it is announced then.\n"
      "What was announced before goes on firing at an Alertmanager, and its end is told.\n\n"
      "Examples:\n"
      "  rollcall silence add --group web42 --for 2h --by anna --reason 'kernel update'\n"
      "  rollcall silence end 5f0e6c1d2b3a4958");
  add_add(*silence, commands);
  add_list(*silence, commands);
  add_end(*silence, commands);
}

}  // namespace rollcall::cli
