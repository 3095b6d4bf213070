#include "engine/base/resolved_path.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

namespace rollcall {
namespace {

constexpr int kLinksMax = 40;  // as in the kernel (MAXSYMLINKS)

bool is_open_to_all(const struct stat& folder) {
  const bool group_too = (folder.st_mode & S_ISVTX) != 0;  // a sticky folder serves many users
  return (folder.st_mode & (S_IWOTH | (group_too ? S_IWGRP : 0U))) != 0;
}

bool is_planted(const struct stat& folder, const struct stat& what) {
  return is_open_to_all(folder) && what.st_uid != ::geteuid() && what.st_uid != folder.st_uid &&
         what.st_uid != 0;
}

bool is_on_procfs(const Fd& fd) {
  struct statfs system{};
  return ::fstatfs(fd.get(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

std::string read_link(int folder, const char* name) {
  std::array<char, PATH_MAX> text{};
  const ssize_t length = ::readlinkat(folder, name, text.data(), text.size());
  return length <= 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
}

std::string path_of(const Fd& folder) {
  return read_link(AT_FDCWD, ("/proc/self/fd/" + std::to_string(folder.get())).c_str());
}

class Walk {
 public:
  explicit Walk(const std::string& path) : given_(path) { add(path); }

  Result<ResolvedPath> place() {
    while (folder_ && !left_.empty()) {
      const std::string name = left_.back();
      left_.pop_back();
      if (name == "..") {
        enter(open_in_folder(name, O_DIRECTORY));
        continue;
      }
      auto found = step(name);
      if (!found) return std::unexpected(found.error());
      if (*found) return *std::move(*found);
    }
    if (!folder_) return cannot(errno);
    struct stat status{};
    ::fstat(folder_.get(), &status);
    return ResolvedPath{std::move(folder_), "", given_, status};
  }

 private:
  std::unexpected<Error> cannot(int sys_errno) const {
    return fail(ErrorCode::kUsage, "cannot write " + given_, sys_errno);
  }
  std::unexpected<Error> planted(const std::string& name) const {
    return fail(ErrorCode::kPermission,
                "cannot write " + given_ + ": " + name +
                    " on the way belongs to another user, in a folder that everybody may write to");
  }

  // Puts the path's components before those that are left to walk.
  void add(std::string_view path) {
    if (path.starts_with('/') || !folder_) {
      enter(Fd(::open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC)));
    }
    // A path that ends in a slash must be a folder.
    if (left_.empty()) wants_folder_ |= path.ends_with('/');
    for (std::size_t end = path.size(); end != std::string_view::npos && end > 0;) {
      const std::size_t slash = path.find_last_of('/', end - 1);
      const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
      const std::string_view name = path.substr(begin, end - begin);
      if (!name.empty() && name != ".") left_.emplace_back(name);
      end = slash;
    }
  }

  Fd open_in_folder(const std::string& name, int flags) const {
    return Fd(::openat(folder_.get(), name.c_str(), O_PATH | O_CLOEXEC | flags));
  }
  void enter(Fd folder) { folder_ = std::move(folder); }

  // Walks one component. Returns the result if it was the last one.
  Result<std::optional<ResolvedPath>> step(const std::string& name) {
    const bool is_last = left_.empty();
    const Fd there = open_in_folder(name, O_NOFOLLOW);
    struct stat status{};
    struct stat folder{};
    if (!there) {
      if (!is_last || errno != ENOENT || wants_folder_) return cannot(errno);
      return finish(name, std::nullopt);
    }
    if (::fstat(there.get(), &status) != 0 || ::fstat(folder_.get(), &folder) != 0) {
      return cannot(errno);
    }
    if (S_ISLNK(status.st_mode)) {
      if (is_planted(folder, status)) return planted(name);
      if (++links_ > kLinksMax) return cannot(ELOOP);
      return is_on_procfs(there) ? follow_in_kernel(name, is_last) : follow(name);
    }
    if (is_last && !wants_folder_) {
      const bool is_plain = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
      if (!is_plain && is_planted(folder, status)) return planted(name);
      return finish(name, status);
    }
    enter(open_in_folder(name, O_NOFOLLOW | O_DIRECTORY));
    if (!folder_) return cannot(errno);
    return std::nullopt;
  }

  Result<std::optional<ResolvedPath>> follow(const std::string& name) {
    const std::string text = read_link(folder_.get(), name.c_str());
    if (text.empty()) return cannot(errno);
    add(text);
    if (!folder_) return cannot(errno);
    return std::nullopt;
  }

  // A link on procfs may lead to an object without a path: a pipe, a terminal of another namespace.
  Result<std::optional<ResolvedPath>> follow_in_kernel(const std::string& name, bool is_last) {
    Fd there = open_in_folder(name, 0);
    struct stat status{};
    if (!there || ::fstat(there.get(), &status) != 0) return cannot(errno);
    if (S_ISREG(status.st_mode)) return follow(name);
    if (!S_ISDIR(status.st_mode)) {
      if (!is_last) return cannot(ENOTDIR);
      auto place = finish(name, status);
      place->is_descriptor = true;
      return place;
    }
    enter(std::move(there));
    return std::nullopt;
  }

  std::optional<ResolvedPath> finish(const std::string& name, std::optional<struct stat> status) {
    const std::string folder = path_of(folder_);
    std::string path =
        folder.starts_with('/') ? folder + (folder == "/" ? "" : "/") + name : given_;
    return ResolvedPath{std::move(folder_), name, std::move(path), status};
  }

  std::string given_;
  Fd folder_;
  std::vector<std::string> left_;  // components left to walk; the next one is the last element
  bool wants_folder_ = false;
  int links_ = 0;
};

}  // namespace

Result<ResolvedPath> resolve_path(const std::string& path) {
  return Walk(path).place();
}

}  // namespace rollcall
