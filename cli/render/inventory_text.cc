#include "cli/render/inventory_text.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "engine/base/text/printable.h"
#include "engine/base/text/words.h"
#include "engine/inventory/compare/look_alikes.h"
#include "engine/inventory/compare/summary.h"
#include "engine/inventory/load.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

using inventory::GroupDiff;
using inventory::Ranges;

constexpr std::size_t kGroupsShown = 50;
constexpr std::size_t kRangesShown = 8;
constexpr std::size_t kListShown = 20;
constexpr std::size_t kNameWidthMax = 32;

std::string addresses_text(std::uint64_t count) {
  return counted(count, "address");
}

std::string ranges_text(const Ranges& ranges) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ranges.size(), kRangesShown); ++i) {
    text += (i > 0 ? ", " : "") + ranges[i].to_string();
  }
  if (ranges.size() > kRangesShown) {
    text += fmt::format(" and {} more", counted(ranges.size() - kRangesShown, "range"));
  }
  return text;
}

void say_rest(std::ostream& out, std::size_t total, std::size_t shown, std::string_view what) {
  if (total > shown) {
    fmt::print(out, "... and {}; --all lists every one\n",
               counted(total - shown, fmt::format("more {}", what)));
  }
}

std::string asked_of(const inventory::TargetTable& table, const inventory::Group& group) {
  std::vector<std::string> texts;
  for (const auto& [services, addresses] : inventory::services_of(table, group)) {
    texts.push_back(inventory::services_text(services));
    if (texts.size() == kRangesShown) break;
  }
  return fmt::format("{}", fmt::join(texts, " | "));
}

void show_groups(std::ostream& out, const inventory::TargetTable& table, bool all) {
  const auto groups = table.groups();
  const std::size_t shown = all ? groups.size() : std::min(groups.size(), kGroupsShown);
  std::size_t width = 0;
  for (const inventory::Group& group : groups.first(shown)) {
    width = std::max(width, std::min(printable(group.name).size(), kNameWidthMax));
  }
  for (const inventory::Group& group : groups.first(shown)) {
    fmt::print(out, "{:<{}}  {:>6}  ports {}{}  {}\n", printable(group.name), width,
               group.addresses, asked_of(table, group),
               group.parent.empty() ? "" : "  in " + printable(group.parent),
               ranges_text(inventory::addresses_of(table, group)));
    if (!group.note.empty())
      fmt::print(out, "{:<{}}  note: {}\n", "", width, printable(group.note));
  }
  say_rest(out, groups.size(), shown, "group");
}

void show_ports(std::ostream& out, const inventory::Summary& summary) {
  std::vector<std::string> ports;
  for (const auto& [port, targets] : summary.ports) {
    if (ports.size() == kListShown) break;
    ports.push_back(fmt::format("{} ({})", port, targets));
  }
  fmt::print(out, "ports: {}", fmt::join(ports, ", "));
  if (summary.ports.size() > ports.size()) {
    fmt::print(out, " and {}", counted(summary.ports.size() - ports.size(), "more port"));
  }
  fmt::print(out, "\nexpectations: {} open, {} bound\n", summary.open, summary.bound);
}

void show_parents(std::ostream& out, const inventory::Summary& summary) {
  if (summary.parents.empty()) return;
  std::vector<std::string> parents;
  for (const auto& [parent, groups] : summary.parents) {
    if (parents.size() == kListShown) break;
    parents.push_back(fmt::format("{} ({})", printable(parent), counted(groups, "group")));
  }
  fmt::print(out, "parents: {}", fmt::join(parents, ", "));
  if (summary.parents.size() > parents.size()) {
    fmt::print(out, " and {} more", summary.parents.size() - parents.size());
  }
  if (summary.groups_without_parent > 0) {
    fmt::print(out, "; {} without", counted(summary.groups_without_parent, "group"));
  }
  fmt::print(out, "\n");
}

void show_overlaps(std::ostream& out, const inventory::Summary& summary, bool all) {
  if (summary.overlaps.empty()) return;
  fmt::print(out, "in several groups, on different ports:\n");
  const std::size_t shown =
      all ? summary.overlaps.size() : std::min(summary.overlaps.size(), kListShown);
  for (const inventory::Overlap& overlap : std::span(summary.overlaps).first(shown)) {
    fmt::print(out, "  {}: {}\n", printable(fmt::format("{}", fmt::join(overlap.groups, ", "))),
               ranges_text(overlap.addresses));
  }
  say_rest(out, summary.overlaps.size(), shown, "overlap");
}

std::string heading_of(const GroupDiff& group) {
  const std::string name = printable(group.group);
  if (group.addresses_before == 0) {
    return fmt::format("{}  new, {}", name, addresses_text(group.addresses_after));
  }
  if (group.addresses_after == 0) {
    return fmt::format("{}  gone, had {}", name, addresses_text(group.addresses_before));
  }
  if (group.addresses_before == group.addresses_after) {
    return fmt::format("{}  {}", name, addresses_text(group.addresses_after));
  }
  return fmt::format("{}  {} -> {}", name, group.addresses_before,
                     addresses_text(group.addresses_after));
}

void diff_group(std::ostream& out, const GroupDiff& group) {
  fmt::print(out, "{}\n", heading_of(group));
  if (!group.added.empty()) {
    fmt::print(out, "  + {} ({})\n", ranges_text(group.added), inventory::count_of(group.added));
  }
  if (!group.removed.empty()) {
    fmt::print(out, "  - {} ({})\n", ranges_text(group.removed),
               inventory::count_of(group.removed));
  }
  for (const auto& [before, after, addresses] : group.changed) {
    fmt::print(out, "  ~ {}: {} -> {}\n", ranges_text(addresses), inventory::services_text(before),
               inventory::services_text(after));
  }
  const auto fact = [&out](std::string_view name, const inventory::TextChange& change) {
    if (change.before == change.after) return;
    fmt::print(out, "  ~ {}: {} -> {}\n", name,
               change.before.empty() ? "none" : printable(change.before),
               change.after.empty() ? "none" : printable(change.after));
  };
  fact("parent", group.parent);
  fact("note", group.note);
}

}  // namespace

std::string totals_text(const inventory::Inventory& fleet) {
  const inventory::TargetTable& table = fleet.table;
  std::string text =
      fmt::format("{}, {}, {}", counted(table.groups().size(), "group"),
                  addresses_text(table.addresses()), counted(table.size(), "target"));
  if (fleet.duplicates > 0) {
    text += fmt::format("; {} named more than once", counted(fleet.duplicates, "target"));
  }
  return text;
}

// The names are escaped, so that a reader sees the difference.
std::string look_alikes_text(const inventory::TargetTable& table) {
  std::string text;
  const auto found = inventory::look_alikes(table);
  for (std::size_t i = 0; i < std::min(found.size(), kListShown); ++i) {
    std::vector<std::string> names;
    for (const std::string& name : found[i].names) {
      names.push_back("'" + inventory::escaped(name, inventory::kGroupNameBytesMax) + "'");
    }
    text += fmt::format(
        "warning: the {} {} look alike; if they are one, give all lines the same "
        "name\n",
        found[i].what, fmt::join(names, " and "));
  }
  if (found.size() > kListShown) {
    text += fmt::format("warning: and {} more look-alikes\n", found.size() - kListShown);
  }
  return text;
}

void show_text(std::ostream& out, const inventory::Inventory& fleet, bool all) {
  const inventory::Summary summary = inventory::summary_of(fleet.table);
  show_groups(out, fleet.table, all);
  fmt::print(out, "\n{}\n", totals_text(fleet));
  show_ports(out, summary);
  show_parents(out, summary);
  show_overlaps(out, summary, all);
}

void diff_text(std::ostream& out, const inventory::InventoryDiff& diff, bool all) {
  const std::size_t shown = all ? diff.groups.size() : std::min(diff.groups.size(), kGroupsShown);
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  for (const GroupDiff& group : diff.groups) {
    added += inventory::count_of(group.added);
    removed += inventory::count_of(group.removed);
  }
  for (const GroupDiff& group : std::span(diff.groups).first(shown)) diff_group(out, group);
  say_rest(out, diff.groups.size(), shown, "group");
  if (diff.groups.empty()) {
    fmt::print(out, "no difference in {}\n", counted(diff.groups_alike, "group"));
    return;
  }
  fmt::print(out, "{} differ{}, {} do{} not: {} added, {} removed\n",
             counted(diff.groups.size(), "group"), diff.groups.size() == 1 ? "s" : "",
             diff.groups_alike, diff.groups_alike == 1 ? "es" : "", addresses_text(added),
             addresses_text(removed));
}

}  // namespace rollcall::cli
