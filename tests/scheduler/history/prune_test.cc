// Retention: what is old goes, what is needed stays, and no call does more than its share.
#include <gmock/gmock.h>

#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using ::testing::SizeIs;

constexpr double kDay = 86400;

class Pruning : public ::testing::Test {
 protected:
  void commit(const Batch& batch) { ASSERT_TRUE(succeeded(store_->commit(batch))); }
  PruneReport prune(const Retention& retention, double now) {
    return value_of(store_->prune(retention, at(now)));
  }

  TemporaryFolder folder_;
  fakes::FakeClock clock_;
  std::unique_ptr<SqliteStore> store_ = open_store(folder_.path(), clock_);
  Reader reader_{folder_.path()};
};

TEST_F(Pruning, DeletesWhatIsOlderThanTheAgeAndNothingElse) {
  commit({.transitions = {transition(0), transition(100)},
          .sweeps = {{.started_at = at(0)}, {.started_at = at(100)}},
          .rollups = {{at(0), "web42", 1, 1, 1, 1}, {at(100), "web42", 1, 1, 1, 1}},
          .verifications = {{at(0), "web42", "anna"}, {at(100), "web42", "anna"}}});
  EXPECT_EQ(prune({.age_max = hours(1)}, 3650).rows, 4U);
  EXPECT_THAT(value_of(reader_.transitions({})).rows, SizeIs(1));
  EXPECT_THAT(value_of(reader_.sweeps({})).rows, SizeIs(1));
  EXPECT_THAT(value_of(reader_.rollups("web42", {})).rows, SizeIs(1));
  EXPECT_THAT(value_of(reader_.verifications("web42", {})).rows, SizeIs(1));
}

TEST_F(Pruning, NeverTouchesWhatIsStillNeededHoweverOld) {
  using enum watch::IncidentChange;
  commit({.incident_events = {event(incident("open", 0), kOpened, 0),
                              event(incident("ended", 0), kOpened, 0),
                              event(incident("ended", 0), kEnded, 1)},
          .messages = {message("pending"), message("settled")},
          .deliveries = {{"settled", at(1), 1, "delivered"}},
          .target_states = {{address(1), Port{80}, watch::TargetState::kUp, at(0)}},
          .notes = {{"web42", "text", "anna", at(0)}},
          .silences = {{"past", {"a"}, {}, at(0), at(1), "", ""},
                       {"coming", {"a"}, {}, at(0), at(1000 * kDay), "", ""}}});
  // The size asks for everything at once as well.
  EXPECT_EQ(prune({.age_max = hours(1), .bytes_max = 0}, 500 * kDay).rows, 5U);
  EXPECT_THAT(value_of(reader_.open_incidents()), SizeIs(1));
  EXPECT_THAT(value_of(reader_.incidents({})).rows, SizeIs(1));
  EXPECT_THAT(value_of(reader_.incident_events(incident("open", 0).id, {})).rows, SizeIs(1));
  EXPECT_THAT(value_of(reader_.pending_messages(0)), SizeIs(1));
  EXPECT_THAT(value_of(reader_.target_states()), SizeIs(1));
  EXPECT_THAT(value_of(reader_.notes()), SizeIs(1));
  EXPECT_THAT(value_of(reader_.silences_not_ended(at(0))), SizeIs(1));
}

TEST_F(Pruning, DoesABoundedPieceACallAndSaysWhetherThereIsMore) {
  Batch batch;
  for (std::uint32_t n = 0; n < 25; ++n) batch.transitions.push_back(transition(n));
  commit(batch);
  const Retention retention{.age_max = hours(1), .rows_per_call = 10};
  for (const std::uint64_t rows : {10, 10, 5}) {
    const auto report = prune(retention, kDay);
    EXPECT_EQ(report.rows, rows);
    EXPECT_EQ(report.more, rows == 10);
  }
}

TEST_F(Pruning, LetsTheOldestDaysGoUntilTheSizeFitsAndShrinksTheFile) {
  for (int day = 0; day < 10; ++day) {
    Batch batch;
    for (std::uint32_t n = 0; n < 1000; ++n) {
      batch.transitions.push_back(transition(n));
      batch.transitions.back().at = at(day * kDay + n);
    }
    commit(batch);
  }
  const std::uint64_t full = prune({}, 10 * kDay).bytes;
  const Retention half{.bytes_max = full / 2, .rows_per_call = 300};
  PruneReport report{.more = true};
  int calls = 0;
  for (; report.more && calls < 100; ++calls) {
    report = prune(half, 10 * kDay);
    EXPECT_LE(report.rows, 300U);
  }
  EXPECT_FALSE(report.more);
  EXPECT_LE(report.bytes, half.bytes_max);
  EXPECT_GT(report.bytes, half.bytes_max / 2) << "more went than had to";
  // The newest are there, the oldest are not.
  EXPECT_THAT(
      value_of(reader_.transitions({.range = {at(9 * kDay), at(10 * kDay)}, .rows = 1000})).rows,
      SizeIs(1000));
  EXPECT_THAT(value_of(reader_.transitions({.range = {at(0), at(kDay)}})).rows, SizeIs(0));

  store_.reset();  // with the last connection the write-ahead log goes into the file
  EXPECT_LE(std::filesystem::file_size(folder_.file()), full);
}

TEST_F(Pruning, EndsWhereNothingMoreMayGo) {
  commit({.messages = {message("pending")}});
  const auto report = prune({.bytes_max = 0}, kDay);
  EXPECT_EQ(report.rows, 0U);
  EXPECT_FALSE(report.more);
}

}  // namespace
}  // namespace rollcall::history
