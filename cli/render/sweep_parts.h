// Shared parts of all renderings of a sweep: selects the listed targets, and converts values.
//
// Threading: pure functions.
// Units:     milliseconds to three decimals; times in UTC.
// Cost:      services_of() is one pass over the report's targets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/text/utc_text.h"
#include "engine/inventory/target_table.h"
#include "scheduler/sweep/sweep_result.h"

namespace rollcall::cli {

double round_to_thousandths(double value);

// nullopt: no reply was timed.
std::optional<double> rtt_ms(const verdict::TargetProgress& state);

bool is_as_expected(const inventory::TargetTable& table, const sweep::SweepResult& result,
                    TargetIndex target);

// The failing targets of answering addresses that share a port and a state.
struct ServiceReport {
  Port port;
  verdict::TargetVerdict state = verdict::TargetVerdict::kClosed;
  std::vector<AddressRange> addresses;
};

// By port, then state.
std::vector<ServiceReport> services_of(const inventory::TargetTable& table,
                                       std::span<const verdict::TargetProgress> states,
                                       const verdict::GroupReport& report);

// Whether replies arrived and were timed.
bool has_rtt(const sweep::PathFigures& path);

// Calls visit(TargetIndex) for each target that is, or is not, as expected, in the table's order.
void for_each_target(const inventory::TargetTable& table, const sweep::SweepResult& result,
                     bool expected, auto&& visit) {
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    if (is_as_expected(table, result, {row}) == expected) visit(TargetIndex{row});
  }
}

// Calls visit(TargetIndex) for each target that a listing has: not as expected, or with `all` every
// target.
void for_each_listed(const inventory::TargetTable& table, const sweep::SweepResult& result,
                     bool all, auto&& visit) {
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    if (all || !is_as_expected(table, result, {row})) visit(TargetIndex{row});
  }
}

}  // namespace rollcall::cli
