// Power cuts of a whole watch at random moments of its writing, its start and its recovery, in
// accelerated time, with a real webhook that survives them: no incident that was told is lost, the
// file is whole, no transition is lost or doubled, every trouble is one incident.
//
// 500 cuts, or as many as fit in 10 s; ROLLCALL_CUTS=500 sets how many, however long they take.
// ROLLCALL_KILL_SEED=n repeats a failed run's troubles.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "tests/cli/service/killed_service.h"
#include "tests/scheduler/history/power_cut_disk.h"

namespace rollcall::cli {
namespace {

using history::testing::PowerCutDisk;

constexpr std::uint64_t kCuts = 500;
constexpr auto kTestTime = 10s;
// Writes, syncs and the like until the cut: a few commits, or a start and some more.
constexpr std::uint32_t kOperationsMax = 40;
constexpr std::uint32_t kOperationsOfStartMax = 120;

class ServiceInPowerCuts : public KilledService {
 protected:
  ~ServiceInPowerCuts() override { ::munmap(operations_left_, sizeof *operations_left_); }

  [[noreturn]] void live(int at_work) override {
    const PowerCutDisk disk(*operations_left_, cut_seed());
    KilledService::live(at_work);
  }
  void end(pid_t) override { cut_after(random_.below(kOperationsMax) + 1); }
  bool ends_early() override {
    const bool early = random_.below(3) == 0;
    if (early) cut_after(random_.below(kOperationsOfStartMax) + 1);
    return early;
  }
  bool has_ended_so(int status) const override {
    return WIFEXITED(status) && WEXITSTATUS(status) == PowerCutDisk::kExitCode;
  }
  // In a copy: the watch itself recovers the original, under the next cut.
  void check_after_end() override {
    SCOPED_TRACE(fmt::format("cut {} of seed {}", cuts_, cut_seed()));
    ++cuts_;
    notified_.collect(sink_, 1ms);
    EXPECT_THAT(folder_.files("history.db.corrupt"), ::testing::IsEmpty());
    const TemporaryFolder copy(TemporaryFolder::On::kMemory);
    for (const char* name : {"history.db", "history.db-wal", "history.db-journal"}) {
      std::error_code absent;
      std::filesystem::copy_file(folder_.file(name), copy.file(name), absent);
    }
    expect_what_was_told(copy.file());
    spoil_index();
  }

 private:
  std::uint64_t cut_seed() const { return seed_ + 1000 + cuts_; }
  void cut_after(std::uint32_t operations) { *operations_left_ = static_cast<int>(operations); }

  void expect_what_was_told(const std::string& file) {
    SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
    for (const auto& [id, changes] : notified_.changes) {
      SQLite::Statement row(database,
                            "SELECT count(*), count(ended_at) FROM incidents WHERE name = ?");
      row.bind(1, id);
      row.executeStep();
      EXPECT_EQ(row.getColumn(0).getInt(), 1) << id << " was told, and is lost";
      EXPECT_TRUE(!changes.contains("ended") || row.getColumn(1).getInt() == 1)
          << "the end of " << id << " was told, and is lost";
    }
  }
  // The index of the log is in memory: nothing of it is right after a cut.
  void spoil_index() {
    const std::string index = folder_.file("history.db-shm");
    if (random_.below(2) == 0) {
      std::filesystem::remove(index);
    } else {
      std::ofstream(index, std::ios::binary) << std::string(32768, static_cast<char>(random_()));
    }
  }

  std::atomic<int>* operations_left_ =
      new (::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0);
  std::uint64_t cuts_ = 0;
};

TEST_F(ServiceInPowerCuts, LosesNothingThatWasToldAndKeepsItsFileWhole) {
  SCOPED_TRACE(fmt::format("ROLLCALL_KILL_SEED={}", seed_));
  const std::uint64_t wanted = number_from_environment("ROLLCALL_CUTS", 0);
  const std::uint64_t cuts = wanted > 0 ? wanted : kCuts;
  const auto deadline = std::chrono::steady_clock::now() + kTestTime;
  kill_until([&](std::uint64_t cut) {
    return cut >= cuts || (wanted == 0 && std::chrono::steady_clock::now() > deadline);
  });
  ASSERT_FALSE(HasFailure());
  EXPECT_EQ(history::testing::integrity(folder_.file()), "ok");
  history::Reader reader(folder_.path());
  expect_an_incident_of_each_trouble(reader);
  expect_each_target_gone_and_back_as_often_as_it_was_broken(reader);
  const std::size_t messages = expect_every_message();
  EXPECT_GT(troubles_.count(), static_cast<int>(killed_ / 20)) << "too little happened";
  fmt::print("{} cuts, {} troubles, {} messages, {} sweeps\n", killed_, troubles_.count(), messages,
             world_->sweeps.load());
}

}  // namespace
}  // namespace rollcall::cli
