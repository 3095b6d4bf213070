#include "cli/render/sweep_csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <string>

#include "cli/render/sweep_parts.h"
#include "engine/base/text/printable.h"

namespace rollcall::cli {

void render_csv(std::ostream& out, const inventory::TargetTable& table,
                const sweep::SweepResult& result, bool all) {
  out << "address,port,group,state,evidence,rtt_ms\n";
  for_each_listed(table, result, all, [&](TargetIndex index) {
    const inventory::Target& target = table[index];
    const verdict::TargetProgress& state = state_of(table, result.states, index);
    const verdict::EvidenceTexts evidence(state);
    const auto rtt = rtt_ms(state);
    out << fmt::format("{},{},{},{},{},{}\n", target.address.to_string(), target.port.value,
                       csv_field(table.group(target.group).name), to_string(verdict_of(state)),
                       fmt::join(evidence.begin(), evidence.end(), ";"),
                       rtt ? fmt::format("{}", *rtt) : "");
  });
}

}  // namespace rollcall::cli
