#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/options/choice.h"
#include "cli/process/exit_codes.h"
#include "cli/process/say.h"
#include "cli/render/inventory_json.h"
#include "cli/render/inventory_text.h"
#include "engine/base/text/printable.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kDiagnosticsShown = 20;

enum class DocumentFormat : std::uint8_t { kText, kJson };

struct ReadOptions {
  std::vector<std::string> files;
  std::string ports;
  std::string notes;
  DocumentFormat format = DocumentFormat::kText;
  bool all = false;
};

Result<inventory::Inventory> load(std::vector<std::string> files, const ReadOptions& options,
                                  std::size_t diagnostics_max = 1) {
  inventory::LoadRequest request{
      .files = std::move(files), .notes_file = options.notes, .diagnostics_max = diagnostics_max};
  if (!options.ports.empty()) {
    auto ports = inventory::parse_ports(options.ports);
    if (!ports) return fail(ErrorCode::kUsage, "-p: " + ports.error().context);
    request.default_ports = *std::move(ports);
  }
  return inventory::load_inventory(request);
}

Result<int> finish(int code) {
  if (!std::cout.flush()) return fail(ErrorCode::kSystem, "cannot write to standard output");
  return code;
}

Result<int> check(const ReadOptions& options) {
  const auto fleet = load(options.files, options, kDiagnosticsShown);
  if (!fleet) return std::unexpected(fleet.error());
  std::cout << fmt::format("{}: {}\n", printable(fmt::format("{}", fmt::join(options.files, ", "))),
                           totals_text(*fleet))
            << look_alikes_text(fleet->table);
  return finish(0);
}

Result<int> show(const ReadOptions& options) {
  const auto fleet = load(options.files, options);
  if (!fleet) return std::unexpected(fleet.error());
  if (options.format == DocumentFormat::kJson) {
    show_json(std::cout, *fleet);
  } else {
    show_text(std::cout, *fleet, options.all);
  }
  return finish(0);
}

// Requires: two files.
Result<int> compare(const ReadOptions& options) {
  const auto before = load({options.files[0]}, options);
  if (!before) return std::unexpected(before.error());
  const auto after = load({options.files[1]}, options);
  if (!after) return std::unexpected(after.error());
  const inventory::InventoryDiff diff = inventory::diff(before->table, after->table);
  if (options.format == DocumentFormat::kJson) {
    diff_json(std::cout, diff);
  } else {
    diff_text(std::cout, diff, options.all);
  }
  return finish(diff.groups.empty() ? 0 : kExitDiffers);
}

void add_format_options(CLI::App& command, ReadOptions& options) {
  add_choice<DocumentFormat>(command, "--format", options.format,
                             {{"text", DocumentFormat::kText}, {"json", DocumentFormat::kJson}},
                             "of the result (default: text)");
  command.add_flag("--all", options.all, "list every group in the text form, however many");
}

CLI::App& add_reader(CLI::App& inventory, const char* name, const char* description,
                     ReadOptions& options) {
  CLI::App* command = inventory.add_subcommand(name, description);
  command
      ->add_option("-p,--ports", options.ports,
                   "ports of targets that name none, as 80,443 or 8000-8003")
      ->type_name("PORTS");
  return *command;
}

void add_files(CLI::App& command, ReadOptions& options) {
  command
      .add_option("FILE", options.files,
                  "inventory: CSV, one target a line, or file_sd JSON; - reads standard input")
      ->required();
  command.add_option("--notes", options.notes, "what is known of each group, as GROUP: TEXT")
      ->type_name("FILE");
}

void add_check(CLI::App& inventory, Commands& commands) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App& command = add_reader(inventory, "check", "is the inventory well-formed?", *options);
  add_files(command, *options);
  command.footer(
      "Exit: 0 well-formed, 3 not, with file, line and column of up to 20 flaws.\n"
      "Names of groups and parents that look alike (case, dashes, blanks) are named, and no "
      "flaw.\n\n"
      "Examples:\n"
      "  rollcall inventory check fleet.csv\n"
      "  rollcall inventory check -p 80,443 --notes notes.txt addresses.txt");
  commands.add(command, [options] { return check(*options); });
}

void add_show(CLI::App& inventory, Commands& commands) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App& command = add_reader(
      inventory, "show", "groups, addresses, ports, expectations, parents, overlaps", *options);
  add_files(command, *options);
  add_format_options(command, *options);
  command.footer(
      "Exit: 0 shown, 3 not possible.\n\nExamples:\n"
      "  rollcall inventory show fleet.csv\n"
      "  rollcall inventory show --format json fleet.csv racks.csv");
  commands.add(command, [options] { return show(*options); });
}

void add_diff(CLI::App& inventory, Commands& commands) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App& command =
      add_reader(inventory, "diff", "what was added and removed, by group, as ranges", *options);
  command.add_option("FILES", options->files, "the older and the newer inventory")
      ->required()
      ->expected(2)
      ->type_name("OLD NEW");
  add_format_options(command, *options);
  command.footer(
      "Exit: 0 no difference, 1 they differ, 3 not possible.\n\nExamples:\n"
      "  rollcall inventory diff fleet.csv.orig fleet.csv\n"
      "  git show HEAD~1:fleet.csv | rollcall inventory diff - fleet.csv");
  commands.add(command, [options] { return compare(*options); });
}

}  // namespace

void add_inventory_command(CLI::App& app, Commands& commands) {
  CLI::App* inventory = app.add_subcommand("inventory", "import, check, show or compare fleets");
  inventory->require_subcommand(1);
  add_inventory_import_command(*inventory, commands);
  add_check(*inventory, commands);
  add_show(*inventory, commands);
  add_diff(*inventory, commands);
}

}  // namespace rollcall::cli
