#include "scheduler/alert/transport/run_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace rollcall::alert {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookAtStop(100);

// The input is a file in memory. Unlike a pipe it takes the whole input at once: a program that
// does not read it neither blocks our write nor causes SIGPIPE.
Fd input_file(const std::string& input) {
  Fd file(::memfd_create("alert", MFD_CLOEXEC));
  std::size_t written = 0;
  while (file && written < input.size()) {
    const auto count = ::write(file.get(), input.data() + written, input.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Fd();
    written += static_cast<std::size_t>(count);
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

// Returns 0 and sets `child`, or returns an errno.
int spawn(const std::vector<std::string>& argv, int input, int output, pid_t& child) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  // exec(2) keeps ignored signals and the signal mask: reset both, or SIGTERM may have no effect.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);

  const std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
      "HOME=/"};
  // Ambient capabilities from systemd's AmbientCapabilities= would pass through exec to any
  // program.
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const int failed = ::posix_spawn(&child, argv[0].c_str(), &files, &attributes,
                                   pointers(argv).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed;
}

// Reads available output without waiting; false at the end of file.
bool read_some(int fd, std::string& output) {
  std::array<char, 4096> buffer;
  const auto count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  const auto room = kOutputBytesMax - std::min(output.size(), kOutputBytesMax);
  output.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  return count > 0;
}

// Returns true if the child ended by itself.
bool await_end(int child, int output, steady_clock::time_point deadline,
               const std::stop_token& stop, std::string& kept) {
  std::array<pollfd, 2> watched{pollfd{.fd = child, .events = POLLIN},
                                pollfd{.fd = output, .events = POLLIN}};
  while (steady_clock::now() < deadline && !stop.stop_requested()) {
    ::poll(watched.data(), watched.size(), static_cast<int>(kLookAtStop.count()));
    // After the program closes its output, poll() must ignore it: POLLHUP would end every wait at
    // once.
    if (watched[1].revents != 0 && !read_some(output, kept)) watched[1].fd = -1;
    if (watched[0].revents != 0) return true;
  }
  return false;
}

std::string trouble_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("exit status {}", WEXITSTATUS(status));
  return "";
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv, const std::string& input,
                          milliseconds limit, const std::stop_token& stop) {
  const auto cannot = [&](int sys_errno) {
    return CommandResult{.trouble =
                             fmt::format("cannot run {}: {}", argv[0], errno_text(sys_errno))};
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot(errno);
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  // Only our end: programs do not expect a non-blocking stdout.
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const Fd file = input_file(input);
  if (!file) return cannot(errno);
  pid_t child = -1;
  if (const int failed = spawn(argv, file.get(), writing.get(), child)) return cannot(failed);
  writing = Fd();

  CommandResult result;
  // Not pidfd_open(): the header of glibc 2.36 lacks extern "C" for C++.
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  const auto deadline = steady_clock::now() + limit;
  const bool ended =
      process && await_end(process.get(), reading.get(), deadline, stop, result.output);
  // Kill before waitpid(): until then the kernel does not reuse the child's process id.
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // Read the rest of the pipe: its capacity is 16 pages of 4 KiB (pipe(7)).
  for (int i = 0; i < 16 && read_some(reading.get(), result.output); ++i) {
  }
  result.trouble = ended ? trouble_of(status)
                         : fmt::format("did not end within {} ms and was killed", limit.count());
  result.succeeded = result.trouble.empty();
  return result;
}

}  // namespace rollcall::alert
