#include "cli/service/process/log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "engine/base/text/printable.h"
#include "engine/base/text/utc_text.h"

namespace rollcall::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::size_t kValueBytesMax = 8192;
constexpr std::size_t kQueuedBytesMax = std::size_t{256} << 10;
constexpr std::chrono::seconds kUnreadAfter{30};
constexpr std::chrono::milliseconds kLookPause{100};  // while waiting for a reader or the end

// Escapes a quoted value's own quotes and backslashes first, so that \xNN of an unprintable byte
// cannot be mistaken for text.
std::string logfmt_value(std::string_view text) {
  std::string escaped;
  bool is_plain = !text.empty();
  for (const char c : text.substr(0, kValueBytesMax)) {
    const bool needs_escape = c == '"' || c == '\\';
    if (needs_escape) escaped += '\\';
    escaped += c;
    const bool is_ordinary = c > ' ' && c <= '~' && c != '=';
    if (needs_escape || !is_ordinary) is_plain = false;
  }
  return is_plain ? escaped : fmt::format("\"{}\"", printable(escaped));
}

std::string json_line(WallTime at, std::string_view level, std::string_view message,
                      LogFields fields) {
  nlohmann::ordered_json line{{"ts", utc_text(at)}, {"level", level}, {"msg", message}};
  for (const LogField& field : fields) {
    line[std::string(field.key)] = field.value.substr(0, kValueBytesMax);
  }
  // ASCII only: characters that hide or reorder text stay escaped.
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view message,
                     LogFields fields) {
  const std::string_view name = kLevels[static_cast<std::size_t>(level)];
  if (format == LogFormat::kJson) return json_line(at, name, message, fields);
  std::string line =
      fmt::format("ts={} level={} msg={}", utc_text(at), name, logfmt_value(message));
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, logfmt_value(value));
  return line;
}

struct Log::Writer {
  Writer(int to, LogFormat as) : fd(to), format(as) {}

  enum class Written : std::uint8_t { kYes, kLost, kOver };

  bool push(std::string line);
  bool push_note();
  void run();
  Written write_whole(std::string_view line);
  bool wait_for_reader();

  const int fd;
  const LogFormat format;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;   // guarded; the first is being written
  std::size_t bytes = 0;           // guarded
  std::uint64_t dropped = 0;       // guarded; since the last note of it
  bool is_full = false;            // guarded; for the newest line
  steady_clock::time_point began;  // guarded; start of the first line's write
  bool is_over = false;            // guarded
  std::thread thread;              // guarded
};

// False: the queue is full.
bool Log::Writer::push(std::string line) {
  is_full = bytes + line.size() > kQueuedBytesMax && !lines.empty();
  if (is_full) return false;
  if (lines.empty()) began = steady_clock::now();
  bytes += line.size();
  lines.push_back(std::move(line));
  changed.notify_all();
  return true;
}

// Queues a note with the number of dropped lines. False: the queue is full.
bool Log::Writer::push_note() {
  const std::string count = std::to_string(dropped);
  const std::string note =
      log_line(format, SystemClock().wall(), LogLevel::kWarning,
               "lines were dropped: standard error did not take them", {{"lines", count}});
  if (!push(note + '\n')) return false;
  dropped = 0;
  return true;
}

void Log::Writer::run() {
  ::prctl(PR_SET_NAME, "rc-log");
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return !lines.empty() || is_over; });
    if (lines.empty()) return;
    const std::string& line = lines.front();  // deque::push_back() keeps references valid
    lock.unlock();
    const Written written = write_whole(line);
    lock.lock();
    if (written == Written::kOver) return;
    if (written == Written::kLost) ++dropped;
    bytes -= lines.front().size();
    lines.pop_front();
    began = steady_clock::now();
    if (written == Written::kYes && lines.empty() && dropped > 0) push_note();
    changed.notify_all();
  }
}

// Uses poll() before each write, because O_NONBLOCK would be shared with every process that has
// this pipe. A long line could still block: POLLOUT promises only PIPE_BUF bytes (pipe(7)).
// Therefore a longer line is written in pieces.
Log::Writer::Written Log::Writer::write_whole(std::string_view line) {
  while (!line.empty()) {
    if (!wait_for_reader()) return Written::kOver;
    const ssize_t count = ::write(fd, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
    if (count <= 0) return Written::kLost;  // a closed pipe, or a full disk
    line.remove_prefix(static_cast<std::size_t>(count));
  }
  return Written::kYes;
}

bool Log::Writer::wait_for_reader() {
  while (true) {
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(kLookPause.count())) != 0) return true;
    const std::scoped_lock lock(mutex);
    if (is_over) return false;
  }
}

Log::Log(const LogConfig& config, const Clock& clock, int fd)
    : config_(config), clock_(clock), writer_(std::make_shared<Writer>(fd, config.format)) {}

Log::~Log() {
  flush(kFlushMax);
  std::unique_lock lock(writer_->mutex);
  writer_->is_over = true;
  writer_->changed.notify_all();
  if (!writer_->thread.joinable()) return;
  const bool is_idle = writer_->lines.empty();
  lock.unlock();
  // A write that does not return must not keep the process alive: its thread is left behind.
  is_idle ? writer_->thread.join() : writer_->thread.detach();
}

void Log::flush(std::chrono::milliseconds longest) const {
  std::unique_lock lock(writer_->mutex);
  writer_->changed.wait_for(lock, longest, [this] { return writer_->lines.empty(); });
}

bool Log::is_unread() const {
  const std::scoped_lock lock(writer_->mutex);
  const bool hangs = !writer_->lines.empty() && steady_clock::now() - writer_->began > kUnreadAfter;
  return hangs || writer_->is_full;
}

void Log::write(LogLevel level, std::string_view message, LogFields fields) const {
  if (level < config_.level) return;
  std::string line = log_line(config_.format, clock_.wall(), level, message, fields) + '\n';
  Writer& writer = *writer_;
  const std::scoped_lock lock(writer.mutex);
  if (!writer.thread.joinable()) {  // starts at the first line: most tests log nothing
    try {
      writer.thread = std::thread([shared = writer_] { shared->run(); });
    } catch (const std::system_error&) {  // the thread limit is reached
      ++writer.dropped;
      return;
    }
  }
  const bool has_room = writer.dropped == 0 || writer.push_note();
  if (!has_room || !writer.push(std::move(line))) ++writer.dropped;
}

}  // namespace rollcall::cli
