#include <fmt/format.h>

#include <memory>

#include "cli/client/api_client.h"
#include "cli/commands.h"
#include "cli/render/incident_lines.h"

namespace rollcall::cli {
namespace {

struct NoteArguments {
  ClientOptions client;
  std::string group;
  std::string text;
  std::string author;
};

Result<int> run(const NoteArguments& arguments) {
  const Json body{
      {"group", arguments.group}, {"text", arguments.text}, {"author", arguments.author}};
  const auto answer = api_post(arguments.client, "/api/v1/notes", body);
  if (!answer) return std::unexpected(answer.error());
  const auto shown = show(arguments.client, *answer, [](const Json& note) {
    return fmt::format("{}: {}\n", text_of(note, "group"), text_of(note, "text"));
  });
  if (!shown) return std::unexpected(shown.error());
  return 0;
}

}  // namespace

void add_note_command(CLI::App& app, Commands& commands) {
  auto arguments = std::make_shared<NoteArguments>();
  CLI::App* command =
      app.add_subcommand("note", "tell a running watch what the staff knows of a group");
  command->add_option("GROUP", arguments->group, "as web42")->required()->type_name("");
  command->add_option("TEXT", arguments->text, "shown with its incidents; '' removes the note")
      ->required()
      ->type_name("");
  command->add_option("--by", arguments->author, "who says so")->required()->type_name("NAME");
  add_client_options(*command, arguments->client);
  command->footer(
      "Exit: 0, or 3 when it could not be noted.\n\nExample:\n"
      "  rollcall note web42 'run ipaliases twice' --by anna");
  commands.add(*command, [arguments] { return run(*arguments); });
}

}  // namespace rollcall::cli
