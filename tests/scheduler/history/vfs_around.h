// A VFS around SQLite's real one, whose operations a test's disk may refuse, delay or record.
//
// While it lives it is the process's default VFS.
//
// Threading: as the operations of the derived class.
// Ownership: the name of a file is SQLite's, and valid until the file is closed.
// Units:     bytes.
// Errors:    SQLite's result codes.
#pragma once

#include <sqlite3.h>

namespace rollcall::history::testing {

class VfsAround {
 public:
  explicit VfsAround(const char* name) : real_(*::sqlite3_vfs_find(nullptr)), vfs_(real_) {
    vfs_.zName = name;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_.szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
      return disk_of(vfs).open_around(path, file, flags, out);
    };
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int syncs_folder) {
      return disk_of(vfs).remove(path, syncs_folder != 0);
    };
    ::sqlite3_vfs_register(&vfs_, 1);
  }
  VfsAround(const VfsAround&) = delete;
  VfsAround& operator=(const VfsAround&) = delete;
  virtual ~VfsAround() {
    ::sqlite3_vfs_unregister(&vfs_);
    ::sqlite3_vfs_register(::sqlite3_vfs_find(real_.zName), 1);
  }

 protected:
  struct File {
    sqlite3_file base;
    VfsAround* disk;
    sqlite3_file* real;
    const char* path;  // nullptr: a temporary file
  };

  virtual int open(const char* path, sqlite3_file* real, int flags, int* flags_out) {
    return real_.xOpen(&real_, path, real, flags, flags_out);
  }
  virtual int remove(const char* path, bool syncs_folder) {
    return real_.xDelete(&real_, path, syncs_folder ? 1 : 0);
  }
  virtual int read(File& file, void* to, int bytes, sqlite3_int64 at) {
    return file.real->pMethods->xRead(file.real, to, bytes, at);
  }
  virtual int write(File& file, const void* from, int bytes, sqlite3_int64 at) {
    return file.real->pMethods->xWrite(file.real, from, bytes, at);
  }
  virtual int truncate(File& file, sqlite3_int64 size) {
    return file.real->pMethods->xTruncate(file.real, size);
  }
  // A real one would take the test's time.
  virtual int sync(File&) { return SQLITE_OK; }

 private:
  static VfsAround& disk_of(sqlite3_vfs* vfs) { return *static_cast<VfsAround*>(vfs->pAppData); }
  static File& around(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real_of(sqlite3_file* file) { return around(file).real; }

  int open_around(const char* path, sqlite3_file* file, int flags, int* flags_out) {
    File& wrapped = around(file);
    wrapped.disk = this;
    wrapped.real = reinterpret_cast<sqlite3_file*>(&wrapped + 1);
    wrapped.path = path;
    const int code = open(path, wrapped.real, flags, flags_out);
    wrapped.base.pMethods = wrapped.real->pMethods == nullptr ? nullptr : methods();
    return code;
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods{
        .iVersion = 2,
        .xClose = [](sqlite3_file* f) { return real_of(f)->pMethods->xClose(real_of(f)); },
        .xRead = [](sqlite3_file* f, void* to, int bytes,
                    sqlite3_int64 at) { return around(f).disk->read(around(f), to, bytes, at); },
        .xWrite =
            [](sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
              return around(f).disk->write(around(f), from, bytes, at);
            },
        .xTruncate = [](sqlite3_file* f,
                        sqlite3_int64 size) { return around(f).disk->truncate(around(f), size); },
        .xSync = [](sqlite3_file* f, int) { return around(f).disk->sync(around(f)); },
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

  sqlite3_vfs& real_;
  sqlite3_vfs vfs_;
};

}  // namespace rollcall::history::testing
