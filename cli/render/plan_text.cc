#include "cli/render/plan_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

#include "cli/render/group_text.h"
#include "engine/base/text/words.h"

namespace rollcall::cli {
namespace {

using nlohmann::ordered_json;

ordered_json summary(const Plan& plan) {
  const inventory::TargetTable& table = plan.inventory.table;
  return {{"schema", "rollcall.plan/1"},
          {"targets", table.size()},
          {"addresses", table.addresses()},
          {"groups", table.groups().size()},
          {"duplicates", plan.inventory.duplicates},
          {"excluded", plan.inventory.excluded},
          {"rate_pps", static_cast<std::uint64_t>(plan.rate.per_second)},
          {"sending_s", table.size() / plan.rate.per_second},
          {"seed", plan.seed}};
}

void render_text(std::ostream& out, const Plan& plan) {
  const ordered_json s = summary(plan);
  const inventory::TargetTable& table = plan.inventory.table;
  out << fmt::format(
      "Would ask {} ({} in {}) at {}/s{}{}: {:.1f} s of sending. Seed {}.\n"
      "{} named twice and merged, {} excluded. Nothing was sent.\n",
      counted(table.size(), "target"), counted(table.addresses(), "address"),
      counted(table.groups().size(), "group"), s["rate_pps"].get<std::uint64_t>(),
      plan.finds_rate ? " at first, auto then finds the rate" : "",
      plan.is_slowed_by_group_rate ? " (limited by --group-rate)" : "",
      s["sending_s"].get<double>(), plan.seed, plan.inventory.duplicates, plan.inventory.excluded);
}

void render_order(std::ostream& out, const Plan& plan, bool csv) {
  const inventory::TargetTable& table = plan.inventory.table;
  if (csv) out << "address,port\n";
  for (const inventory::Target& target : table.in_scan_order()) {
    const std::string address = target.address.to_string();
    out << (csv ? fmt::format("{},{}\n", address, target.port.value)
                : fmt::format("{{\"address\":\"{}\",\"port\":{}}}\n", address, target.port.value));
  }
}

}  // namespace

void render_plan(std::ostream& out, const Plan& plan, Format format) {
  switch (format) {
    case Format::kText:
      return render_text(out, plan);
    case Format::kJson:
      out << summary(plan).dump(1) << '\n';
      return;
    case Format::kNdjson:
      return render_order(out, plan, false);
    case Format::kCsv:
      return render_order(out, plan, true);
  }
}

}  // namespace rollcall::cli
