// A disk below SQLite that fails at the n-th write, sync or truncation.
//
// While it lives it is the process's default VFS.
//
// Threading: fail() and heal() by any thread; one thread at a time uses the disk.
#pragma once

#include <atomic>

#include "tests/scheduler/history/vfs_around.h"

namespace rollcall::history::testing {

class FailingDisk final : public VfsAround {
 public:
  FailingDisk() : VfsAround("failing") {}

  // The operations from the `first` on fail with that code, `count` of them.
  void fail(int first, int count, int code) {
    seen_ = 0;
    first_ = first;
    count_ = count;
    code_ = code;
  }
  void heal() { count_ = 0; }
  bool has_failed() const { return seen_ >= first_; }

 private:
  int next() {
    const int seen = ++seen_;
    return seen >= first_ && seen - first_ < count_ ? code_.load() : SQLITE_OK;
  }

  int write(File& file, const void* from, int bytes, sqlite3_int64 at) override {
    if (const int code = next()) return code;
    return VfsAround::write(file, from, bytes, at);
  }
  int truncate(File& file, sqlite3_int64 size) override {
    if (const int code = next()) return code;
    return VfsAround::truncate(file, size);
  }
  int sync(File&) override { return next(); }

  std::atomic<int> seen_ = 0;
  std::atomic<int> first_ = 0;
  std::atomic<int> count_ = 0;
  std::atomic<int> code_ = SQLITE_OK;
};

}  // namespace rollcall::history::testing
