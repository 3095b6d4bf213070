// A service that is broken off at random moments, in accelerated time, on a real history: whatever
// breaks and heals is one incident, and no change is lost or doubled.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "engine/base/random.h"
#include "scheduler/history/reader.h"
#include "tests/cli/service/service_fixture.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using history::testing::value_of;

constexpr int kEvents = 200;
constexpr auto kTestTime = 60s;  // a sanitizer does not get through all of them
constexpr int kRoundsMax = 400;  // of a second each

class RestartedService : public ServiceFixture {
 protected:
  RestartedService() : ServiceFixture(TemporaryFolder::On::kMemory) {}
  void SetUp() override {
    const char* given = std::getenv("ROLLCALL_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : random_seed();
    random_ = Random(seed_);
    on_sweep_ = [this](const inventory::TargetTable&) { ++sweeps_; };
    service_ = start(clock_);
  }

  bool chance(std::uint32_t one_in) { return random_.below(one_in) == 0; }

  // A second of the service's life, which may be its last.
  void second() {
    clock_.advance(1s);
    service_->round();
    if (chance(100)) return restart();  // in mid-sweep, if there is one
    while (view_of(*service_)->is_sweeping) {
      std::this_thread::yield();
      service_->round();
    }
    if (chance(100)) restart();
  }

  void until_swept() {
    const int before = sweeps_;
    for (int round = 0; round < kRoundsMax && sweeps_ == before; ++round) {
      clock_.advance(1s);
      service_->round();
      while (view_of(*service_)->is_sweeping) {
        std::this_thread::yield();
        service_->round();
      }
    }
  }

  // Nothing is finished: what is not in the history is gone.
  void restart() {
    service_.reset();
    service_ = start(clock_);
    ++restarts_;
  }

  std::size_t open() { return view_of(*service_)->incidents.size(); }

  ::testing::AssertionResult until(std::size_t incidents) {
    for (int round = 0; round < kRoundsMax; ++round) {
      if (open() == incidents) return ::testing::AssertionSuccess();
      second();
    }
    return ::testing::AssertionFailure() << open() << " incidents, not " << incidents;
  }

  void set(std::uint32_t group, std::uint32_t first, Fate fate) {
    for (std::uint32_t i = first; i < kAddresses; ++i) fates_[group * kAddresses + i] = fate;
  }

  std::uint64_t seed_ = 0;
  Random random_{0};
  std::atomic<int> sweeps_ = 0;
  fakes::FakeClock clock_;
  std::unique_ptr<Service> service_;
  int restarts_ = 0;
};

TEST_F(RestartedService, TellsWhatIsMissingThoughItNeverLivesForTwoSweeps) {
  for (int i = 0; i < 12; ++i) second();  // the watch knows every target
  set(0, kAddresses - 1, Fate::kSilent);
  for (int lives = 0; lives < 30 && open() == 0; ++lives) {
    restart();
    until_swept();
  }
  EXPECT_EQ(open(), 1u);
}

TEST_F(RestartedService, MakesOneIncidentOfEachTroubleWhereverItIsBrokenOff) {
  SCOPED_TRACE(fmt::format("ROLLCALL_SEED={}", seed_));
  std::vector<std::uint32_t> missing(kGroups * kAddresses);
  for (int i = 0; i < 12; ++i) second();  // the watch knows every target
  const auto deadline = std::chrono::steady_clock::now() + kTestTime;
  int event = 0;
  for (; event < kEvents && std::chrono::steady_clock::now() < deadline; ++event) {
    const std::uint32_t group = random_.below(kGroups);
    const std::uint32_t first = random_.below(kAddresses);
    set(group, first, Fate::kSilent);
    ASSERT_TRUE(until(1)) << "event " << event << ": web" << group << " from " << first;
    for (std::uint32_t i = first; i < kAddresses; ++i) ++missing[group * kAddresses + i];
    // The watch confirms all of them before they heal.
    for (int i = 0; i < 40; ++i) second();
    set(group, first, Fate::kOpens);
    ASSERT_TRUE(until(0)) << "event " << event;
  }
  service_.reset();
  RecordProperty("restarts", restarts_);
  EXPECT_GT(restarts_, event);

  EXPECT_EQ(history::testing::integrity(folder_.file()), "ok");
  history::Reader reader(folder_.path());
  const auto incidents = value_of(reader.incidents({.rows = history::kPageRowsMax})).rows;
  EXPECT_EQ(incidents.size(), static_cast<std::size_t>(event));
  for (const watch::Incident& incident : incidents) EXPECT_TRUE(incident.ended_at);

  // Each target goes missing, and comes back, as often as the test broke it.
  std::vector<std::uint32_t> notified(kGroups * kAddresses);
  std::vector<std::uint32_t> back(kGroups * kAddresses);
  history::PageRequest request{.rows = history::kPageRowsMax};
  while (true) {
    const auto page = value_of(reader.transitions(request));
    for (const watch::Transition& transition : page.rows) {
      const std::uint32_t address = transition.address.v4();
      const std::uint32_t row = (address >> 8 & 0xff) * kAddresses + (address & 0xff) - 1;
      if (transition.to == watch::TargetState::kMissing) ++notified[row];
      if (transition.from == watch::TargetState::kMissing) ++back[row];
    }
    if (!page.next) break;
    request.after = *page.next;
  }
  EXPECT_EQ(notified, missing);
  EXPECT_EQ(back, missing);
}

TEST_F(RestartedService, KnowsBeforeItsFirstSweepWhatItKnew) {
  while (!view_of(*service_)->last_sweep) second();
  for (int i = 0; i < 12; ++i) second();
  set(2, 0, Fate::kSilent);
  ASSERT_TRUE(until(1));
  const std::string id = view_of(*service_)->incidents[0].id.value;
  ASSERT_TRUE(service_->set_note({.group = "web2", .text = "ask anna", .author = "otto"}));
  watch::Silence silence{.groups = {"web3"}, .author = "otto", .reason = "new disks"};
  silence.starts_at = clock_.wall();
  silence.ends_at = silence.starts_at + 1h;
  const auto added = service_->add_silence(silence);
  ASSERT_TRUE(added);
  restart();
  const web::SnapshotPtr view = view_of(*service_);
  ASSERT_EQ(view->incidents.size(), 1);
  EXPECT_EQ(view->incidents[0].id.value, id);
  EXPECT_EQ(view->groups[2].trouble, watch::Trouble::kDown);
  EXPECT_EQ(view->table().groups()[2].note, "ask anna");
  ASSERT_EQ(view->silences.size(), 1);
  EXPECT_EQ(view->silences[0].id, added->id);
}

TEST_F(RestartedService, KeepsASilenceThatIsOverOnlyByAClockThatIsSetBackAgain) {
  watch::Silence silence{.groups = {"web3"}, .author = "otto", .reason = "new disks"};
  silence.starts_at = clock_.wall();
  silence.ends_at = silence.starts_at + 1h;
  ASSERT_TRUE(service_->add_silence(silence));
  clock_.step_wall(2h);
  restart();
  second();
  EXPECT_EQ(view_of(*service_)->silences.size(), 0);
  clock_.step_wall(-2h);
  second();
  EXPECT_EQ(view_of(*service_)->silences.size(), 1);
}

// The history cannot be read for a while after a start: what it holds is unknown, not nothing.
class AHistoryThatIsReadLate : public RestartedService {
 protected:
  void SetUp() override {
    RestartedService::SetUp();
    for (int i = 0; i < 12; ++i) second();
    set(2, 0, Fate::kSilent);
    ASSERT_TRUE(until(1));
    id_ = view_of(*service_)->incidents[0].id.value;
    watch::Silence silence{.groups = {"web3"}, .author = "otto", .reason = "new disks"};
    silence.starts_at = clock_.wall();
    silence.ends_at = silence.starts_at + 1h;
    ASSERT_TRUE(service_->add_silence(silence));
    service_.reset();
  }
  // Rounds in which nothing breaks the service off.
  void seconds(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.advance(1s);
      do {
        service_->round();
      } while (view_of(*service_)->is_sweeping);
    }
  }
  std::string problem() { return view_of(*service_)->memory_problem; }
  int count(SQLite::Database& database, const std::string& from) {
    return database.execAndGet("SELECT count(*) FROM " + from).getInt();
  }
  // It is as if it had been read at the start.
  void expect_to_go_on() {
    EXPECT_EQ(problem(), "");
    ASSERT_EQ(open(), 1U);
    EXPECT_EQ(view_of(*service_)->incidents[0].id.value, id_);
    EXPECT_EQ(view_of(*service_)->silences.size(), 1U);
    SQLite::Database database(folder_.file());
    EXPECT_EQ(count(database, "incidents"), 1);
    EXPECT_EQ(count(database, "incidents WHERE ended_at IS NULL"), 1);
    set(2, 0, Fate::kOpens);
    seconds(20);
    EXPECT_EQ(open(), 0U);
    EXPECT_EQ(count(database, "incidents WHERE ended_at IS NULL"), 0);
  }

  std::string id_;
};

TEST_F(AHistoryThatIsReadLate, IsMergedWhenTheLockOfAnotherProgramIsGone) {
  auto other = std::make_unique<SQLite::Database>(folder_.file(), SQLite::OPEN_READWRITE);
  other->exec("PRAGMA locking_mode = EXCLUSIVE");
  other->exec("BEGIN EXCLUSIVE");
  service_ = start(clock_);
  seconds(12);
  EXPECT_TRUE(view_of(*service_)->last_sweep);
  EXPECT_EQ(open(), 0U);
  EXPECT_THAT(problem(), testing::HasSubstr("another program holds it"));
  other.reset();
  seconds(40);
  expect_to_go_on();
}

TEST_F(AHistoryThatIsReadLate, IsMergedWhenItsFileComesToItsPlace) {
  for (const char* name : {"history.db", "history.db-wal"}) {
    std::error_code none;
    std::filesystem::rename(folder_.file(name), folder_.file(std::string("late-") + name), none);
  }
  service_ = start(clock_);
  seconds(12);
  EXPECT_EQ(open(), 0U);
  std::filesystem::remove(folder_.file("history.db-wal"));
  std::filesystem::remove(folder_.file("history.db-shm"));
  for (const char* name : {"history.db", "history.db-wal"}) {
    std::error_code none;
    std::filesystem::rename(folder_.file(std::string("late-") + name), folder_.file(name), none);
  }
  seconds(60);
  expect_to_go_on();
}

TEST_F(AHistoryThatIsReadLate, IsNotWrittenWhenANewerVersionWroteIt) {
  service_ = start(clock_);
  seconds(2);
  std::filesystem::copy_file(folder_.file(), folder_.file("newer"));
  {
    SQLite::Database newer(folder_.file("newer"), SQLite::OPEN_READWRITE);
    newer.exec("PRAGMA user_version = 99");
  }
  std::filesystem::remove(folder_.file("history.db-wal"));
  std::filesystem::remove(folder_.file("history.db-shm"));
  std::filesystem::rename(folder_.file("newer"), folder_.file());
  seconds(40);
  EXPECT_THAT(problem(), testing::HasSubstr("newer rollcall"));
  EXPECT_EQ(open(), 1U) << "what is known stays";
  service_.reset();
  SQLite::Database database(folder_.file());
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 99);
}

TEST_F(AHistoryThatIsReadLate, LosesOneTargetWithOneUnreadableRow) {
  SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE)
      .exec("UPDATE target_states SET state = 'asleep' WHERE address = '10.0.2.1'");
  service_ = start(clock_);
  ASSERT_EQ(open(), 1U);
  EXPECT_EQ(view_of(*service_)->groups[2].figures.missing, kAddresses - 1);
  seconds(20);
  EXPECT_EQ(view_of(*service_)->incidents.at(0).id.value, id_);
}

// The watch must end an incident that it cannot read or does not know, else it stays open for ever.
class AnIncidentOfTheHistoryAlone : public RestartedService {
 protected:
  // Runs `query` on the history, restarts, and returns the number of incidents open some time
  // later.
  int open_after(const std::string& query) {
    for (int i = 0; i < 12; ++i) second();
    set(2, 0, Fate::kSilent);
    EXPECT_TRUE(until(1));
    service_.reset();
    SQLite::Database database(folder_.file(), SQLite::OPEN_READWRITE);
    EXPECT_EQ(database.exec(query), 1);
    service_ = start(clock_);
    EXPECT_TRUE(until(1));
    for (int i = 0; i < 12; ++i) second();
    EXPECT_EQ(open(), 1);
    return database.execAndGet("SELECT count(*) FROM incidents WHERE ended_at IS NULL").getInt();
  }
};

TEST_F(AnIncidentOfTheHistoryAlone, EndsWhereItCannotBeRead) {
  EXPECT_EQ(open_after("UPDATE incidents SET document = '{'"), 1);
}

TEST_F(AnIncidentOfTheHistoryAlone, EndsWhereANewerOneOfTheSameSubjectIsOpen) {
  EXPECT_EQ(open_after("INSERT INTO incidents(name, started_at, document) SELECT 'web2@older', "
                       "started_at - 1, replace(document, '\"web2@', '\"older web2@') "
                       "FROM incidents"),
            1);
}

}  // namespace
}  // namespace rollcall::cli
