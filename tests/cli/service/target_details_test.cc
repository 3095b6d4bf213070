#include "cli/service/snapshot/target_details.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_table.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const inventory::TargetTable> table_of(const std::vector<fakes::Row>& rows) {
  return std::make_shared<const inventory::TargetTable>(fakes::table_of(rows));
}

web::TargetDetail detail_at(const TargetDetails& target_details,
                            const std::shared_ptr<const inventory::TargetTable>& table,
                            const char* address) {
  const watch::Watch watch(table, {});
  const auto target = table->find(*Address::parse(address), {80});
  return (*target_details.as_seen_by(watch))[target->value];
}

TEST(TargetDetails, KnowSinceWhenOverARestartAndAnotherInventory) {
  const auto table = table_of({{"10.0.0.1"}, {"10.0.0.2"}, {"10.0.0.3"}});
  const std::vector<watch::TargetRecord> known{
      {.address = *Address::parse("10.0.0.1"),
       .port = {80},
       .state = watch::TargetState::kMissing,  // it has come back since
       .since = WallTime(500s)},
      {.address = *Address::parse("10.0.0.2"), .port = {80}, .since = WallTime(1000s)},
      {.address = *Address::parse("10.9.9.9"), .port = {80}, .since = WallTime(2000s)}};
  TargetDetails target_details;
  target_details.begin(*table);
  target_details.restore(watch::Watch(table, {}), known);
  EXPECT_EQ(detail_at(target_details, table, "10.0.0.1").since_s, 0u);
  EXPECT_EQ(detail_at(target_details, table, "10.0.0.2").since_s, 1000u);
  const std::vector<watch::Transition> transitions{
      {.at = WallTime(3000s), .address = *Address::parse("10.0.0.3"), .port = {80}}};
  target_details.add(*table, transitions);
  const auto other = table_of({{"10.0.0.0"}, {"10.0.0.2"}, {"10.0.0.3"}});
  target_details.adopt(*table, *other);
  EXPECT_EQ(detail_at(target_details, other, "10.0.0.0").since_s, 0u);
  EXPECT_EQ(detail_at(target_details, other, "10.0.0.2").since_s, 1000u);
  EXPECT_EQ(detail_at(target_details, other, "10.0.0.3").since_s, 3000u);
}

TEST(TargetDetails, KeepTheEvidenceOfTheNewestSweepThatAskedATarget) {
  const auto fleet = table_of({{"10.0.0.1"}, {"10.0.0.2"}});
  TargetDetails target_details;
  target_details.begin(*fleet);
  std::vector<verdict::TargetProgress> all(2);
  all[0].rtt_us = 100;
  all[1].rtt_us = 200;
  for (verdict::TargetProgress& state : all) state.syn_evidence = 8;
  target_details.add(*fleet, *fleet, fakes::by_place(*fleet, all));
  // A part of the fleet, with an address that is not in it any more.
  const auto part = table_of({{"10.0.0.0"}, {"10.0.0.2"}});
  std::vector<verdict::TargetProgress> some(2);
  some[0].rtt_us = 1;
  some[1].syn_evidence = 0x33;
  some[1].connect_evidence = 0x3;
  target_details.add(*fleet, *part, fakes::by_place(*part, some));
  EXPECT_EQ(detail_at(target_details, fleet, "10.0.0.1").rtt_us, 100u);
  const web::TargetDetail second = detail_at(target_details, fleet, "10.0.0.2");
  EXPECT_EQ(second.rtt_us, verdict::kNoRtt);
  EXPECT_EQ(second.syn_evidence, 0x33u);
  EXPECT_EQ(second.connect_evidence, 0x3u);
}

}  // namespace
}  // namespace rollcall::cli
