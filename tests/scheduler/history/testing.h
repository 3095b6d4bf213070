// Helpers for the history tests: a temporary folder, and values to store in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "scheduler/history/incident_json.h"
#include "scheduler/history/reader.h"
#include "scheduler/history/sqlite_store.h"
#include "tests/fakes/fake_clock.h"

namespace rollcall::history::testing {

class TemporaryFolder {
 public:
  // In memory where a test is about much history, and not about the disk.
  enum class On { kDisk, kMemory };
  explicit TemporaryFolder(On on = On::kDisk) {
    const bool in_memory = on == On::kMemory && std::filesystem::is_directory("/dev/shm");
    const std::filesystem::path parent =
        in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "history.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name = "history.db") const { return path_ + "/" + name; }

  // Names of the folder's files that begin so.
  std::vector<std::string> files(const std::string& prefix) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(prefix)) found.push_back(name);
    }
    return found;
  }

 private:
  std::string path_;
};

// So many seconds after an ordinary morning.
inline WallTime at(double seconds) {
  using std::chrono::duration;
  return WallTime(std::chrono::seconds(1'767'600'000)) +
         std::chrono::duration_cast<Duration>(duration<double>(seconds));
}

inline Address address(std::uint32_t n) {
  return Address::from_v4(0x0a000000 + n);
}

inline watch::Transition transition(std::uint32_t n, const std::string& group = "web42") {
  return {at(n),
          group,
          address(n),
          Port{80},
          watch::TargetState::kSuspect,
          watch::TargetState::kMissing,
          "syn:timeout connect:timeout"};
}

inline watch::Incident incident(const std::string& subject, double started) {
  watch::Incident value;
  value.id.value = subject + "@" + std::to_string(started);
  value.subject = subject;
  value.groups = {subject};
  value.started_at = at(started);
  value.worst = watch::Trouble::kDown;
  value.expected = 254;
  value.answering = 217;
  value.missing = {"10.0.42.218-10.0.42.254"};
  value.closed = {"10.0.42.7"};
  value.sentence = "217 of 254 answer";
  value.note = "sees \"double\"\nand böse";
  value.labels = {{"rack", "r7"}};
  value.verified_by = {"anna", std::string(kNameBytesMax, 'x') + " (not passed)"};
  return value;
}

inline watch::IncidentEvent event(watch::Incident incident, watch::IncidentChange change,
                                  double seconds) {
  if (change == watch::IncidentChange::kEnded) incident.ended_at = at(seconds);
  return {change, at(seconds), std::move(incident), ""};
}

inline OutboxMessage message(const std::string& key, const std::string& receiver = "pager") {
  return {key, receiver, "subject of " + key, at(1), R"({"kind":"test"})"};
}

inline std::unique_ptr<SqliteStore> open_store(const std::string& folder, const Clock& clock) {
  auto store = SqliteStore::open(folder, clock);
  if (!store) {
    ADD_FAILURE() << store.error().to_string();
    std::abort();
  }
  return *std::move(store);
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    return T{};
  }
  return *std::move(result);
}

inline ::testing::AssertionResult succeeded(const Result<void>& result) {
  if (result) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().to_string();
}

// The result of SQLite's own integrity check: "ok", or the damage.
inline std::string integrity(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE);
  return database.execAndGet("PRAGMA integrity_check").getString();
}

}  // namespace rollcall::history::testing
