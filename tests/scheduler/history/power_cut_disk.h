// A SQLite VFS that simulates a power cut: the process ends, and the files hold what a power cut
// leaves of them.
//
// Until a file is synced, each 512-byte sector of each write to it may be lost, kept or torn. Torn:
// a part is written and the rest is as before or garbage. A truncation may be lost. A new or
// removed file may exist or not until its folder is synced. Bytes outside of a write do not change
// (SQLITE_IOCAP_POWERSAFE_OVERWRITE, which SQLite's own VFS claims too).
//
// Threading: any thread; a mutex serialises the operations of one disk.
// Ownership: the counter outlives it. It keeps a copy of each file in memory.
// Units:     operations: writes, truncations, syncs and removals.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/random.h"
#include "tests/scheduler/history/vfs_around.h"

namespace rollcall::history::testing {

class PowerCutDisk final : public VfsAround {
 public:
  // Exit code of a process that ended by a power cut.
  static constexpr int kExitCode = 77;

  // The cut comes in place of the operation that makes `operations_left` 0; 0 from the start:
  // never.
  PowerCutDisk(std::atomic<int>& operations_left, std::uint64_t seed)
      : VfsAround("power cut"), operations_left_(operations_left), random_(seed) {}

 private:
  static constexpr std::size_t kSectorBytes = 512;

  struct Change {
    std::size_t at = 0;
    std::string bytes;
    bool is_truncation = false;  // to `at` bytes
  };
  struct Content {
    std::string synced;
    std::vector<Change> unsynced;
  };
  // Under a path; nullptr: no file.
  struct Entry {
    std::shared_ptr<Content> synced;
    std::shared_ptr<Content> current;
  };
  // Probabilities for each sector, in percent; the remaining share is torn.
  struct Odds {
    std::uint32_t lost;
    std::uint32_t kept;
  };

  static std::string read_file(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  int open(const char* path, sqlite3_file* real, int flags, int* flags_out) override {
    const std::scoped_lock lock(mutex_);
    const bool is_kept =
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    const bool is_there = path != nullptr && ::access(path, F_OK) == 0;
    const int code = VfsAround::open(path, real, flags, flags_out);
    if (code != SQLITE_OK || !is_kept) return code;
    const bool is_known = entries_.contains(path);
    Entry& entry = entries_[path];
    if (!is_there) {
      entry.current = std::make_shared<Content>();
    } else if (!is_known) {
      entry.current = entry.synced = std::make_shared<Content>(Content{read_file(path), {}});
    }
    return code;
  }

  int remove(const char* path, bool syncs_folder) override {
    const std::scoped_lock lock(mutex_);
    step();
    const int code = VfsAround::remove(path, syncs_folder);
    const auto found = entries_.find(path);
    if (found != entries_.end()) found->second.current.reset();
    if (syncs_folder) sync_folder();
    return code;
  }

  // Waits too while the power is cut: nothing reads what is being made of the files.
  int read(File& file, void* to, int bytes, sqlite3_int64 at) override {
    const std::scoped_lock lock(mutex_);
    return VfsAround::read(file, to, bytes, at);
  }

  int write(File& file, const void* from, int bytes, sqlite3_int64 at) override {
    const std::scoped_lock lock(mutex_);
    step();
    if (Content* content = content_of(file)) {
      content->unsynced.push_back(
          {static_cast<std::size_t>(at),
           std::string(static_cast<const char*>(from), static_cast<std::size_t>(bytes))});
    }
    return VfsAround::write(file, from, bytes, at);
  }

  int truncate(File& file, sqlite3_int64 size) override {
    const std::scoped_lock lock(mutex_);
    step();
    if (Content* content = content_of(file)) {
      content->unsynced.push_back({static_cast<std::size_t>(size), "", true});
    }
    return VfsAround::truncate(file, size);
  }

  int sync(File& file) override {
    const std::scoped_lock lock(mutex_);
    step();
    Content* content = content_of(file);
    if (content == nullptr) return SQLITE_OK;
    for (const Change& change : std::exchange(content->unsynced, {})) {
      change.is_truncation ? content->synced.resize(change.at)
                           : put(content->synced, change.at, change.bytes);
    }
    // SQLite's own VFS syncs the folder of a new journal or log with its first sync.
    const Entry& entry = entries_.at(file.path);
    const bool is_main = !std::string_view(file.path).ends_with("-wal") &&
                         !std::string_view(file.path).ends_with("-journal");
    if (!is_main && entry.synced != entry.current) sync_folder();
    return SQLITE_OK;
  }

  Content* content_of(const File& file) {
    const auto found = file.path == nullptr ? entries_.end() : entries_.find(file.path);
    return found == entries_.end() ? nullptr : found->second.current.get();
  }

  void sync_folder() {
    for (auto& [path, entry] : entries_) entry.synced = entry.current;
  }

  static void put(std::string& content, std::size_t at, std::string_view bytes) {
    if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
    std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void step() {
    if (operations_left_ > 0 && --operations_left_ == 0) cut();
  }

  [[noreturn]] void cut() {
    constexpr Odds kOdds[] = {{33, 33}, {90, 5}, {5, 90}, {100, 0}, {0, 100}, {0, 0}};
    const Odds odds = kOdds[random_.below(std::size(kOdds))];
    for (const auto& [path, entry] : entries_) {
      const auto& content = random_.below(2) == 0 ? entry.synced : entry.current;
      if (!content) {
        ::unlink(path.c_str());
        continue;
      }
      const std::string left = after_cut(*content, odds);
      const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
      if (::write(fd.get(), left.data(), left.size()) != static_cast<ssize_t>(left.size())) {
        ::_exit(1);
      }
    }
    ::_exit(kExitCode);
  }

  std::string after_cut(const Content& content, const Odds& odds) {
    std::string left = content.synced;
    for (const Change& change : content.unsynced) {
      if (change.is_truncation) {
        if (random_.below(100) >= odds.lost) left.resize(change.at);
        continue;
      }
      const std::string_view bytes = change.bytes;
      for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t at = change.at + done;
        const std::size_t piece = std::min(bytes.size() - done, kSectorBytes - at % kSectorBytes);
        put_sector(left, at, bytes.substr(done, piece), odds);
        done += piece;
      }
    }
    return left;
  }

  void put_sector(std::string& content, std::size_t at, std::string_view bytes, const Odds& odds) {
    const std::uint32_t draw = random_.below(100);
    if (draw < odds.lost) return;
    if (draw < odds.lost + odds.kept) return put(content, at, bytes);
    const auto whole = random_.below(static_cast<std::uint32_t>(bytes.size()) + 1);
    put(content, at, bytes.substr(0, whole));
    if (random_.below(2) == 0) return;
    std::string garbage(bytes.size() - whole, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random_.below(256));
    put(content, at + whole, garbage);
  }

  std::atomic<int>& operations_left_;
  std::mutex mutex_;
  Random random_;
  std::map<std::string, Entry> entries_;
};

}  // namespace rollcall::history::testing
