// A watchdog over threads that a test lets stand still, and systemd's end of its socket.
#include "cli/service/process/watchdog.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "engine/base/fd.h"
#include "tests/scheduler/history/testing.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WatchdogTest : public ::testing::Test {
 protected:
  WatchdogTest() {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string path = folder_.file("notify");
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    EXPECT_EQ(::bind(systemd_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "30000", 1);
  }
  ~WatchdogTest() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }

  WatchdogOptions options() {
    return {.stuck_after = 1s,
            .end_after = 1s,
            .named_after = 1s,
            .stop_patience = 1s,
            .join_patience = 500ms,
            .end_process = [this](int code) {
              const std::scoped_lock lock(mutex_);
              if (!ended_) ended_ = code;
              changed_.notify_all();
            }};
  }
  std::optional<int> ended_within(std::chrono::seconds longest) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [this] { return ended_.has_value(); });
    return ended_;
  }
  // How often the watchdog was fed since the last call.
  int fed() {
    int count = 0;
    std::array<char, 256> text{};
    while (true) {
      const auto got = ::recv(systemd_.get(), text.data(), text.size(), MSG_DONTWAIT);
      if (got <= 0) return count;
      count += std::string_view(text.data(), static_cast<std::size_t>(got)) == "WATCHDOG=1";
    }
  }
  template <typename Condition>
  static bool comes_true(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  history::testing::TemporaryFolder folder_;
  Fd systemd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  Fd nowhere_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  SystemClock clock_;
  Log log_{{.format = LogFormat::kText, .level = LogLevel::kInfo}, clock_, nowhere_.get()};
  ThreadRegistry threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> ended_;  // guarded
};

TEST_F(WatchdogTest, FeedsSystemdWhileEveryThreadGoesOn) {
  const auto thread = threads_.add("sender");
  const Watchdog watchdog(threads_, log_, options());
  int count = 0;
  EXPECT_TRUE(comes_true([&] {
    thread->beat();
    return (count += fed()) >= 8;  // two seconds: longer than a thread may stand still
  }));
  EXPECT_EQ(threads_.stuck(), "");
  EXPECT_EQ(ended_within(0s), std::nullopt);
}

TEST_F(WatchdogTest, WithholdsTheFoodAndEndsTheProcessWhenAThreadIsStuck) {
  const auto still = threads_.add("sender");
  const auto alive = threads_.add("service");
  std::mutex mutex;
  std::string notified;
  Watchdog watchdog(threads_, log_, options());
  watchdog.on_stuck([&](const std::string& names) {
    const std::scoped_lock lock(mutex);
    notified = names;
  });
  ASSERT_TRUE(comes_true([&] {
    alive->beat();
    return threads_.stuck() == "sender";
  }));
  fed();
  EXPECT_TRUE(comes_true([&] {
    alive->beat();
    return ended_within(0s).has_value();
  }));
  EXPECT_EQ(ended_within(0s), kExitStuck);
  EXPECT_EQ(fed(), 0);
  const std::scoped_lock lock(mutex);
  EXPECT_EQ(notified, "sender");
}

TEST_F(WatchdogTest, NamesAHangingFileAndGoesOn) {
  const auto store = threads_.add("store");
  const Watchdog watchdog(threads_, log_, options());
  {
    const SlowOperation patience(store.get(), "a write to /disk");
    ASSERT_TRUE(comes_true([&] { return !threads_.hanging().empty(); }));
    EXPECT_THAT(threads_.hanging(), ElementsAre("a write to /disk"));
    fed();
    int count = 0;
    EXPECT_TRUE(comes_true([&] { return (count += fed()) >= 8; }));
    EXPECT_EQ(threads_.stuck(), "");
  }
  EXPECT_TRUE(comes_true([&] {
    store->beat();
    return threads_.hanging().empty();
  }));
  EXPECT_EQ(ended_within(0s), std::nullopt);
}

TEST_F(WatchdogTest, EndsAProcessWhoseServiceDoesNotObeySigterm) {
  const auto thread = threads_.add("service");
  const ServiceSignals signals;
  const Watchdog watchdog(threads_, log_, options());
  ::raise(SIGTERM);
  EXPECT_TRUE(comes_true([&] {
    thread->beat();
    return ended_within(0s).has_value();
  }));
  EXPECT_EQ(ended_within(0s), kExitStuck);
}

TEST_F(WatchdogTest, EndsAProcessThatOnlyWaitsForAThreadWithTheServicesExitCode) {
  const ServiceSignals signals;
  Watchdog watchdog(threads_, log_, options());
  watchdog.note_stopped(3);
  EXPECT_EQ(ended_within(20s), 3);
}

}  // namespace
}  // namespace rollcall::cli
