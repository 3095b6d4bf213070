// A disk below SQLite that fails at the n-th write, sync or truncation: a VFS around the real one.
//
// While it lives it is the process's default VFS. Not thread-safe.
#pragma once

#include <sqlite3.h>

#include <cstdlib>

namespace rollcall::history::testing {

class FailingDisk {
 public:
  FailingDisk() : real_(*::sqlite3_vfs_find(nullptr)), vfs_(real_) {
    vfs_.zName = "failing";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_.szOsFile;
    vfs_.xOpen = open;
    current_ = this;
    ::sqlite3_vfs_register(&vfs_, 1);
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;
  ~FailingDisk() {
    ::sqlite3_vfs_unregister(&vfs_);
    ::sqlite3_vfs_register(::sqlite3_vfs_find(real_.zName), 1);
    current_ = nullptr;
  }

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
  struct File {
    sqlite3_file base;
    sqlite3_file* real;
  };
  static sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

  int next() {
    ++seen_;
    return seen_ >= first_ && seen_ < first_ + count_ ? code_ : SQLITE_OK;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    auto* wrapped = reinterpret_cast<File*>(file);
    wrapped->real = reinterpret_cast<sqlite3_file*>(wrapped + 1);
    sqlite3_vfs& real = current_->real_;
    const int code = real.xOpen(&real, name, wrapped->real, flags, flags_out);
    wrapped->base.pMethods = wrapped->real->pMethods == nullptr ? nullptr : methods();
    return code;
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods{
        .iVersion = 2,
        .xClose = [](sqlite3_file* f) { return real_of(f)->pMethods->xClose(real_of(f)); },
        .xRead =
            [](sqlite3_file* f, void* to, int bytes, sqlite3_int64 at) {
              return real_of(f)->pMethods->xRead(real_of(f), to, bytes, at);
            },
        .xWrite =
            [](sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
              if (const int code = current_->next()) return code;
              return real_of(f)->pMethods->xWrite(real_of(f), from, bytes, at);
            },
        .xTruncate =
            [](sqlite3_file* f, sqlite3_int64 size) {
              if (const int code = current_->next()) return code;
              return real_of(f)->pMethods->xTruncate(real_of(f), size);
            },
        // Only whether it fails matters here, and a real one would take the test's time.
        .xSync = [](sqlite3_file*, int) { return current_->next(); },
        .xFileSize =
            [](sqlite3_file* f, sqlite3_int64* size) {
              return real_of(f)->pMethods->xFileSize(real_of(f), size);
            },
        .xLock = [](sqlite3_file* f,
                    int kind) { return real_of(f)->pMethods->xLock(real_of(f), kind); },
        .xUnlock = [](sqlite3_file* f,
                      int kind) { return real_of(f)->pMethods->xUnlock(real_of(f), kind); },
        .xCheckReservedLock =
            [](sqlite3_file* f, int* held) {
              return real_of(f)->pMethods->xCheckReservedLock(real_of(f), held);
            },
        .xFileControl =
            [](sqlite3_file* f, int what, void* data) {
              return real_of(f)->pMethods->xFileControl(real_of(f), what, data);
            },
        .xSectorSize =
            [](sqlite3_file* f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); },
        .xDeviceCharacteristics =
            [](sqlite3_file* f) {
              return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
            },
        .xShmMap =
            [](sqlite3_file* f, int page, int size, int extend, void volatile** at) {
              return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, at);
            },
        .xShmLock =
            [](sqlite3_file* f, int offset, int count, int flags) {
              return real_of(f)->pMethods->xShmLock(real_of(f), offset, count, flags);
            },
        .xShmBarrier = [](sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); },
        .xShmUnmap =
            [](sqlite3_file* f, int remove) {
              return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
            }};
    return &kMethods;
  }

  static inline FailingDisk* current_ = nullptr;
  sqlite3_vfs& real_;
  sqlite3_vfs vfs_;
  int seen_ = 0;
  int first_ = 0;
  int count_ = 0;
  int code_ = SQLITE_OK;
};

}  // namespace rollcall::history::testing
