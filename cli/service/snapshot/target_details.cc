#include "cli/service/snapshot/target_details.h"

#include <algorithm>

namespace rollcall::cli {
namespace {

std::uint32_t unix_seconds(WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

}  // namespace

void TargetDetails::restore(const watch::Watch& watch, std::span<const watch::TargetRecord> known) {
  for (const watch::TargetRecord& record : known) {
    const auto target = watch.table().find(record.address, record.port);
    if (!target || target->value >= target_details_.size()) continue;
    if (watch.state_of(*target) != record.state) continue;
    target_details_[target->value].since_s = unix_seconds(record.since);
  }
}

void TargetDetails::adopt(const inventory::TargetTable& before, const inventory::TargetTable& now) {
  std::vector<web::TargetDetail> adopted(now.size());
  for (const inventory::Target& target : now.in_scan_order()) {
    const auto former = before.find(target.address, target.port);
    if (!former || former->value >= target_details_.size()) continue;
    adopted[target.index.value] = target_details_[former->value];
  }
  target_details_ = std::move(adopted);
}

void TargetDetails::add(const inventory::TargetTable& fleet, const inventory::TargetTable& swept,
                        std::span<const verdict::TargetProgress> states) {
  const bool is_whole = &fleet == &swept;
  for (std::uint32_t place = 0; place < swept.size() && place < states.size(); ++place) {
    const inventory::Target& target = swept.at({place});
    const auto own =
        is_whole ? std::optional(target.index) : fleet.find(target.address, target.port);
    if (!own || own->value >= target_details_.size()) continue;
    web::TargetDetail& detail = target_details_[own->value];
    detail.rtt_us = states[place].rtt_us;
    detail.syn_evidence = states[place].syn_evidence;
    detail.connect_evidence = states[place].connect_evidence;
  }
}

void TargetDetails::add(const inventory::TargetTable& fleet,
                        std::span<const watch::Transition> transitions) {
  for (const watch::Transition& transition : transitions) {
    const auto target = fleet.find(transition.address, transition.port);
    if (!target || target->value >= target_details_.size()) continue;
    target_details_[target->value].since_s = unix_seconds(transition.at);
  }
}

std::shared_ptr<const std::vector<web::TargetDetail>> TargetDetails::as_seen_by(
    const watch::Watch& watch) const {
  std::vector<web::TargetDetail> seen = target_details_;
  for (std::uint32_t row = 0; row < seen.size(); ++row) {
    seen[row].state = watch.state_of({row});
  }
  return std::make_shared<const std::vector<web::TargetDetail>>(std::move(seen));
}

}  // namespace rollcall::cli
