// Tests how the history opens a file that is broken, another program's, or of another version.
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "scheduler/history/sqlite/open_database.h"
#include "scheduler/history/sqlite/schema.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::history {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void overwrite(const std::string& path, std::size_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file << bytes;
}

class OpeningHistory : public ::testing::Test {
 protected:
  void write_some_rows(std::uint32_t count = 2000) {
    Batch batch;
    for (std::uint32_t n = 0; n < count; ++n) batch.transitions.push_back(transition(n));
    EXPECT_TRUE(succeeded(open_store(folder_.path(), clock_)->commit(batch)));
  }
  // The broken files, without what belonged to them.
  std::vector<std::string> set_aside() {
    auto names = folder_.files("history.db.corrupt-");
    std::erase_if(
        names, [](const auto& name) { return name.ends_with("-wal") || name.ends_with("-shm"); });
    return names;
  }
  Error refusal() {
    const auto store = SqliteStore::open(folder_.path(), clock_);
    EXPECT_FALSE(store);
    return store ? Error{} : store.error();
  }

  TemporaryFolder folder_;
  fakes::FakeClock clock_;
};

TEST_F(OpeningHistory, SetsABrokenFileAsideAndBeginsAFreshOneAndSaysSo) {
  struct Damage {
    const char* description;
    std::function<void(const std::string& path)> inflict;
  };
  const Damage kDamages[] = {
      {"no database at all", [](const std::string& path) { std::ofstream(path) << "garbage"; }},
      {"header overwritten", [](const std::string& path) { overwrite(path, 0, "XXXXXXXX"); }},
      {"cut off in the middle",
       [](const std::string& path) {
         std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
       }},
      {"cut off within the first page",
       [](const std::string& path) { std::filesystem::resize_file(path, 300); }},
      {"a page in the middle overwritten",
       [](const std::string& path) {
         overwrite(path, std::filesystem::file_size(path) / 4096 / 2 * 4096,
                   std::string(4096, '\x5a'));
       }},
      {"the schema's page overwritten",
       [](const std::string& path) { overwrite(path, 100, std::string(3000, '\xff')); }},
  };
  for (const auto& damage : kDamages) {
    SCOPED_TRACE(damage.description);
    write_some_rows();
    damage.inflict(folder_.file());
    const std::string broken = contents(folder_.file());

    const auto store = open_store(folder_.path(), clock_);
    const auto asides = set_aside();
    ASSERT_THAT(asides, SizeIs(1));
    EXPECT_TRUE(contents(folder_.file(asides[0])) == broken);
    EXPECT_TRUE(store->wants_everything());
    EXPECT_THAT(store->take_messages(), ElementsAre(HasSubstr(asides[0])));
    EXPECT_THAT(store->take_messages(), IsEmpty());
    EXPECT_TRUE(succeeded(store->commit({.transitions = {transition(1)}})));
    EXPECT_THAT(value_of(Reader(folder_.path()).transitions({})).rows, SizeIs(1));

    for (const auto& name : folder_.files("")) std::filesystem::remove(folder_.file(name));
  }
}

TEST_F(OpeningHistory, NeverOverwritesWhatWasSetAsideBefore) {
  for (const char* garbage : {"first", "second", "third"}) {
    std::filesystem::remove(folder_.file());
    std::ofstream(folder_.file()) << garbage;
    open_store(folder_.path(), clock_);
  }
  std::vector<std::string> kept;
  for (const auto& name : set_aside()) {
    kept.push_back(contents(folder_.file(name)));
  }
  EXPECT_THAT(kept, ::testing::UnorderedElementsAre("first", "second", "third"));
}

TEST_F(OpeningHistory, NoticesWhileItRunsThatTheFileIsBrokenAndKeepsTheBatchAtHand) {
  write_some_rows(40'000);  // more than SQLite's cache holds
  Reader reader(folder_.path());
  const auto store = open_store(folder_.path(), clock_);
  EXPECT_THAT(value_of(reader.transitions({.rows = 1})).rows, SizeIs(1));
  // A foreign program truncated it: no page is where SQLite remembers it.
  std::filesystem::resize_file(folder_.file(), 4096);
  Batch batch;
  for (std::uint32_t n = 0; n < 10; ++n) batch.transitions.push_back(transition(n, "afterwards"));
  ASSERT_TRUE(succeeded(store->commit(batch)));
  EXPECT_THAT(set_aside(), SizeIs(1));
  EXPECT_THAT(store->take_messages(), SizeIs(1));
  EXPECT_TRUE(store->wants_everything());
  // A reader that was there before follows to the fresh file.
  EXPECT_THAT(value_of(reader.transitions({})).rows, SizeIs(10));
}

TEST_F(OpeningHistory, RefusesANewerSchemaWithTheMendAndDoesNotTouchTheFile) {
  write_some_rows(10);
  SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE)
      .exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion + 5));
  const std::string before = contents(folder_.file());
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kUsage);
  EXPECT_THAT(error.context, HasSubstr(fmt::format("schema {}", kSchemaVersion + 5)));
  EXPECT_THAT(error.context, HasSubstr("newer rollcall"));
  EXPECT_TRUE(contents(folder_.file()) == before);
  EXPECT_THAT(folder_.files("history.db.corrupt-"), IsEmpty());
}

TEST_F(OpeningHistory, RefusesANewerSchemaThatIsStillInTheWriteAheadLog) {
  write_some_rows(10);
  SQLite::Database newer(folder_.file(), SQLite::OPEN_READWRITE);
  newer.exec("PRAGMA user_version = 99");
  const std::string before = contents(folder_.file()) + contents(folder_.file("history.db-wal"));
  EXPECT_EQ(refusal().code, ErrorCode::kUsage);
  EXPECT_TRUE(contents(folder_.file()) + contents(folder_.file("history.db-wal")) == before);
}

TEST_F(OpeningHistory, RefusesAnotherProgramsDatabaseAndDoesNotTouchIt) {
  SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE theirs(x)");
  const std::string before = contents(folder_.file());
  EXPECT_EQ(refusal().code, ErrorCode::kUsage);
  EXPECT_TRUE(contents(folder_.file()) == before);
}

TEST_F(OpeningHistory, RefusesASecondWriterUntilTheFirstIsGone) {
  auto first = open_store(folder_.path(), clock_);
  EXPECT_EQ(refusal().code, ErrorCode::kUsage);
  first.reset();
  open_store(folder_.path(), clock_);
}

TEST_F(OpeningHistory, RefusesAFolderThatIsNotThere) {
  EXPECT_FALSE(SqliteStore::open(folder_.file("absent"), clock_));
}

TEST_F(OpeningHistory, MigratesTheFirstSchemaAndKeepsItsRows) {
  {
    SQLite::Database old(folder_.file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(old, 1);
    ASSERT_EQ(old.execAndGet("PRAGMA user_version").getInt(), 1);
    old.exec(
        "INSERT INTO incident_events(at, incident, change, trouble, expected, answering, sentence) "
        "VALUES(5, 'web42@1', 'opened', 'down', 9, 0, 'none answers')");
    old.exec("INSERT INTO sweeps VALUES(1, 5, 2, 9, 9, 0, 0, 0, 1, '', 4.5, 9, 9)");
  }
  const auto store = open_store(folder_.path(), clock_);
  EXPECT_THAT(store->take_messages(), IsEmpty());
  EXPECT_FALSE(store->wants_everything());
  auto later = event(incident("web42", 1), watch::IncidentChange::kChanged, 6);
  later.incident.id.value = "web42@1";
  later.silenced_by = "s1";
  EXPECT_TRUE(succeeded(store->commit({.incident_events = {later}})));
  const auto events = value_of(Reader(folder_.path()).incident_events({"web42@1"}, {})).rows;
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].silenced_by, "s1");
  EXPECT_EQ(events[1].silenced_by, "");
  EXPECT_EQ(events[1].sentence, "none answers");
  const auto sweeps = value_of(Reader(folder_.path()).sweeps({})).rows;
  ASSERT_THAT(sweeps, SizeIs(1));
  EXPECT_EQ(sweeps[0].loss, std::nullopt);
  EXPECT_EQ(SQLite::Database(folder_.file()).execAndGet("PRAGMA user_version").getInt(),
            kSchemaVersion);
}

TEST_F(OpeningHistory, ReadsTheTargetsOfAnOlderSchemaThatCouldNotBeMigratedYet) {
  {
    SQLite::Database old(folder_.file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(old, 3);
    old.exec("INSERT INTO target_states VALUES('10.0.0.1', 443, 'up', 5, 0)");
  }
  Reader reader(folder_.path());
  EXPECT_TRUE(succeeded(reader.check_schema()));
  const auto states = value_of(reader.target_states());
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_FALSE(states[0].left_at);
}

TEST_F(OpeningHistory, SaysOfANewerSchemaThatNothingIsRead) {
  write_some_rows(1);
  SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE)
      .exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion + 1));
  const auto checked = Reader(folder_.path()).check_schema();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUsage);
}

std::string mode_of(const std::string& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? fmt::format("{:o}", status.st_mode & 07777) : "none";
}

TEST_F(OpeningHistory, IsForItsOwnerAndGroupAlone) {
  const mode_t before = ::umask(022);
  const auto store = open_store(folder_.path(), clock_);
  ::umask(before);
  Batch batch;
  batch.transitions.push_back(transition(1));
  ASSERT_TRUE(succeeded(store->commit(batch)));
  for (const char* name : {"history.db", "history.db-wal", "history.db-shm"}) {
    EXPECT_EQ(mode_of(folder_.file(name)), "640") << name;
  }
}

TEST_F(OpeningHistory, GrantsNoMoreThanTheUmask) {
  const mode_t before = ::umask(077);
  open_store(folder_.path(), clock_);
  ::umask(before);
  EXPECT_EQ(mode_of(folder_.file()), "600");
}

TEST_F(OpeningHistory, TakesAwayWhatAnEarlierVersionGranted) {
  write_some_rows();
  ASSERT_EQ(::chmod(folder_.file().c_str(), 0644), 0);
  open_store(folder_.path(), clock_);
  EXPECT_EQ(mode_of(folder_.file()), "640");
  // Also of a file that is broken and kept.
  ASSERT_EQ(::chmod(folder_.file().c_str(), 0666), 0);
  overwrite(folder_.file(), 0, "XXXXXXXX");
  open_store(folder_.path(), clock_);
  ASSERT_THAT(set_aside(), SizeIs(1));
  EXPECT_EQ(mode_of(folder_.file(set_aside()[0])), "640");
  EXPECT_EQ(mode_of(folder_.file()), "640");
}

TEST_F(OpeningHistory, FollowsALinkOfItsOwnAndNobodyElses) {
  const TemporaryFolder elsewhere;
  std::filesystem::create_symlink(elsewhere.file("real.db"), folder_.file());
  write_some_rows(1);
  EXPECT_TRUE(std::filesystem::exists(elsewhere.file("real.db")));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0);
  ASSERT_EQ(::lchown(folder_.file().c_str(), 65534, 65534), 0) << "this test needs root";
  EXPECT_THAT(refusal().to_string(), HasSubstr("belongs to another user"));
}

TEST_F(OpeningHistory, ReadsNotTheWholeFileWhereAWatchWaitsForIt) {
  write_some_rows();
  overwrite(folder_.file(), contents(folder_.file()).size() - 4096, std::string(4096, 'x'));
  {
    const auto store = SqliteStore::open(folder_.path(), clock_, Check::kNone);
    ASSERT_TRUE(store);
    EXPECT_THAT((*store)->take_messages(), IsEmpty());
  }
  EXPECT_THAT(set_aside(), IsEmpty());
  open_store(folder_.path(), clock_);
  EXPECT_THAT(set_aside(), SizeIs(1));
}

}  // namespace
}  // namespace rollcall::history
