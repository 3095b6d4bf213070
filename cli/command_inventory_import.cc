#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/files/fleet_file.h"
#include "cli/options/choice.h"
#include "cli/process/say.h"
#include "cli/render/inventory_text.h"
#include "engine/inventory/import/merge.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/load_text.h"
#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

// A group may lose this share of its addresses without --allow-shrink. A server that has bound only
// half of its addresses loses more.
constexpr std::uint64_t kShrinkPercentMax = 20;

enum class From : std::uint8_t { kIpAddr, kEtcIps, kFileSd, kCsv };

struct ImportOptions {
  From from = From::kIpAddr;
  std::string file;
  std::string group;
  std::vector<std::string> interfaces;
  std::string main;
  std::string group_label;
  std::string ports;
  std::optional<inventory::Expect> expect;
  std::vector<std::string> exclude;
  std::string parent;
  std::string note;
  std::string into;
  bool allow_shrink = false;
  bool dry_run = false;
};

std::unexpected<Error> usage(std::string what) {
  return fail(ErrorCode::kUsage, std::move(what));
}

Result<void> check_text(const char* option, const std::string& text) {
  if (const auto diagnostic = inventory::text_diagnostic(text)) {
    return usage(fmt::format("{}: {}", option, diagnostic->what));
  }
  return {};
}

// Checks combinations of options. The parser of each option has checked its value.
Result<void> check_options(const ImportOptions& options) {
  if (!options.interfaces.empty() && options.from != From::kIpAddr) {
    return usage("--interface: only --from ip-addr knows interfaces");
  }
  if (!options.main.empty() && options.from != From::kEtcIps) {
    return usage("--main: only --from etc-ips lacks the main address");
  }
  if (!options.group_label.empty() && options.from != From::kFileSd) {
    return usage("--group-label: only --from file-sd has labels");
  }
  const bool source_has_groups = options.from == From::kCsv || !options.group_label.empty();
  if (options.group.empty() && !source_has_groups) {
    return usage(
        options.from == From::kFileSd
            ? "which group? name it with --group, or the label that does with --group-label"
            : "which group? name it with --group");
  }
  for (const auto& [option, text] : {std::pair{"--group", &options.group},
                                     {"--parent", &options.parent},
                                     {"--note", &options.note}}) {
    if (const auto checked = check_text(option, *text); !checked) return checked;
  }
  if (options.group.empty()) return {};
  if (const auto name = inventory::group_name_in(options.group); !name) {
    return usage("--group: " + name.error().what);
  }
  if (const auto name = inventory::parent_name_in(options.parent); !name) {
    return usage("--parent: " + name.error().what);
  }
  return {};
}

Result<inventory::MergeOptions> merge_options(const ImportOptions& options) {
  inventory::MergeOptions merge{{}, options.expect, options.parent, options.note};
  if (options.ports.empty()) return merge;
  auto ports = inventory::parse_ports(options.ports);
  if (!ports) return usage("-p: " + ports.error().context);
  merge.ports = *std::move(ports);
  return merge;
}

Result<inventory::Imported> read_file(const ImportOptions& options) {
  const auto file = inventory::read_whole(options.file);
  if (!file) return std::unexpected(file.error());
  if (options.from == From::kIpAddr) {
    return inventory::import_ip_addr(*file, options.group, options.interfaces);
  }
  if (options.from == From::kFileSd) {
    return inventory::import_file_sd(*file, {options.group, options.group_label});
  }
  std::optional<Address> main;
  if (!options.main.empty()) {
    const auto range = inventory::parse_range(options.main);
    if (!range || range->first != range->last) {
      return usage(fmt::format("--main: {} is not an address", inventory::in_quotes(options.main)));
    }
    main = range->first;
  }
  return inventory::import_etc_ips(*file, options.group, main);
}

Result<inventory::Imported> read_source(const ImportOptions& options) {
  auto imported = options.from == From::kCsv
                      ? inventory::import_inventory(options.file, options.group)
                      : read_file(options);
  if (!imported) return imported;
  std::vector<AddressRange> ranges;
  for (const std::string& text : options.exclude) {
    auto range = inventory::parse_range(text);
    if (!range) return usage("--exclude: " + range.error().context);
    ranges.push_back(*range);
  }
  if (const auto done = inventory::exclude(*imported, ranges); !done) {
    return std::unexpected(done.error());
  }
  return imported;
}

// The file on disk, its new text and the difference.
struct Edit {
  std::optional<FleetFile> file;  // nullopt: the result goes to standard output
  std::string text;
  inventory::InventoryDiff diff;
};

Result<Edit> edit(const ImportOptions& options, const inventory::Imported& imported,
                  const inventory::MergeOptions& merge_options) {
  Edit edit;
  if (!options.into.empty()) {
    auto file = FleetFile::open(options.into);
    if (!file) return std::unexpected(file.error());
    edit.file = *std::move(file);
  }
  const std::string name = edit.file ? options.into : "the result";
  const inventory::LoadRequest request{.default_ports = {Port{0}}};
  const auto document = inventory::CsvDocument::parse(name, edit.file ? edit.file->text() : "");
  if (!document) return std::unexpected(document.error());
  auto text = inventory::merge(*document, imported.groups, merge_options);
  if (!text) return std::unexpected(text.error());
  edit.text = *std::move(text);
  const auto after = inventory::load_text(name, edit.text, request);
  if (!after) {
    return fail(ErrorCode::kInput,
                "not written, for the result would be wrong: " + after.error().context);
  }
  if (!document->has_rows()) {
    edit.diff = inventory::diff_from_nothing(after->table);
    return edit;
  }
  const auto before = inventory::load_text(name, document->text(), request);
  if (!before) return std::unexpected(before.error());
  edit.diff = inventory::diff(before->table, after->table);
  return edit;
}

Result<void> check_shrinkage(const inventory::InventoryDiff& diff, const std::string& path) {
  for (const inventory::GroupDiff& group : diff.groups) {
    const std::uint64_t lost = inventory::count_of(group.removed);
    const std::uint64_t had = group.addresses_before;
    if (lost * 100 <= had * kShrinkPercentMax) continue;
    return fail(ErrorCode::kInput,
                fmt::format("group {} would lose {} of its {} addresses, more than {} %: {} is "
                            "unchanged; was the source complete? if so, add --allow-shrink",
                            inventory::in_quotes(group.group), lost, had, kShrinkPercentMax, path));
  }
  return {};
}

Result<int> print(const std::string& text) {
  if (!(std::cout << text).flush()) {
    return fail(ErrorCode::kSystem, "cannot write to standard output");
  }
  return 0;
}

Result<int> write(const ImportOptions& options, const Edit& edit) {
  if (!edit.file) return print(edit.text);
  diff_text(std::cout, edit.diff, false);
  if (!options.allow_shrink) {
    if (const auto small = check_shrinkage(edit.diff, options.into); !small) {
      std::cout.flush();  // print the difference before the error
      return std::unexpected(small.error());
    }
  }
  if (options.dry_run) return print(fmt::format("{}: not written (dry run)\n", options.into));
  if (edit.text == edit.file->text()) return print(fmt::format("{}: unchanged\n", options.into));
  if (const auto written = edit.file->replace(edit.text); !written) {
    return std::unexpected(written.error());
  }
  return print(fmt::format("{}: written\n", options.into));
}

Result<int> run(ImportOptions options) {
  normalise_name(options.group);
  normalise_name(options.parent);
  if (const auto checked = check_options(options); !checked) {
    return std::unexpected(checked.error());
  }
  const auto merge = merge_options(options);
  if (!merge) return std::unexpected(merge.error());
  const auto imported = read_source(options);
  if (!imported) return std::unexpected(imported.error());
  for (const std::string& note : imported->remarks) say("rollcall: note: {}\n", note);
  const auto edited = edit(options, *imported, *merge);
  if (!edited) return std::unexpected(edited.error());
  return write(options, *edited);
}

void add_source_options(CLI::App& command, ImportOptions& options) {
  add_choice<From>(command, "--from", options.from,
                   {{"ip-addr", From::kIpAddr},
                    {"etc-ips", From::kEtcIps},
                    {"file-sd", From::kFileSd},
                    {"csv", From::kCsv}},
                   "what FILE is: output of `ip -j addr`, cPanel's /etc/ips, Prometheus service "
                   "discovery, an inventory")
      ->required();
  command.add_option("FILE", options.file, "the source; - reads standard input")->required();
  command
      .add_option("--group", options.group,
                  "the group of all addresses; with --group-label or --from csv: only that one")
      ->type_name("NAME");
  command.add_option("--interface", options.interfaces, "ip-addr: only this one; repeatable")
      ->type_name("IF")
      ->allow_extra_args(false);
  command
      .add_option("--main", options.main, "etc-ips: the server's own address, which is not in it")
      ->type_name("ADDR");
  command
      .add_option("--group-label", options.group_label, "file-sd: the label that names the group")
      ->type_name("LABEL");
  command.add_option("--exclude", options.exclude, "leave these addresses out; repeatable")
      ->type_name("CIDR")
      ->allow_extra_args(false);
}

void add_target_options(CLI::App& command, ImportOptions& options) {
  command
      .add_option("-p,--ports", options.ports,
                  "ports of addresses for which the source names none (default: as before)")
      ->type_name("PORTS");
  add_choice<std::optional<inventory::Expect>>(
      command, "--expect", options.expect,
      {{"open", inventory::Expect::kOpen}, {"bound", inventory::Expect::kBound}},
      "what to expect where the source does not say (default: as before)");
  command.add_option("--parent", options.parent, "rack, switch or site of the group")
      ->type_name("NAME");
  command.add_option("--note", options.note, "what to know when the group is not up")
      ->type_name("TEXT");
  command
      .add_option(
          "--into", options.into,
          "merge into this CSV inventory, made if there is none (default: write to standard "
          "output)")
      ->type_name("FLEET.csv");
  command.add_flag("--allow-shrink", options.allow_shrink,
                   "let a group lose more than 20 % of its addresses");
  command.add_flag("--dry-run", options.dry_run, "say what would change, and write nothing");
}

}  // namespace

void add_inventory_import_command(CLI::App& inventory, Commands& commands) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      inventory.add_subcommand("import", "merge a group's addresses from where they are kept");
  add_source_options(*command, *options);
  add_target_options(*command, *options);
  command->footer(
      "Replaces exactly the lines of the imported groups; all else keeps its bytes.\n\n"
      "Exit: 0 merged, 3 not possible; then nothing was written.\n\nExamples:\n"
      "  ssh web42 ip -j addr | rollcall inventory import --from ip-addr - --group web42 \\\n"
      "      --interface eth0 -p 80,443 --into fleet.csv\n"
      "  rollcall inventory import --from etc-ips ips.web42 --main 192.0.2.42 --group web42 \\\n"
      "      -p 80 --into fleet.csv\n"
      "  rollcall inventory import --from file-sd targets.json --group-label server \\\n"
      "      --into fleet.csv --dry-run");
  commands.add(*command, [options] { return run(*options); });
}

}  // namespace rollcall::cli
