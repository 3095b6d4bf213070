// Test fixture: runs a whole watch in a child process in accelerated time, with a real webhook, and
// kills it at random moments. Troubles begin and end meanwhile. Afterwards each trouble must be one
// incident, each transition stored once, and each alert delivered.
#pragma once

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

#include "engine/base/fd.h"
#include "engine/base/random.h"
#include "scheduler/history/reader.h"
#include "scheduler/history/sqlite/content_hash.h"
#include "tests/cli/service/service_fixture.h"
#include "tests/scheduler/alert/process.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::cli {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)
using history::testing::value_of;

inline constexpr int kPort = 8080;
// The longest life of a child, in seconds of the fleet's time. kLongestMoment then adds a random
// part of real time, so that some kills fall in the middle of a second.
inline constexpr std::uint32_t kLongestLife = 50;
inline constexpr auto kLongestMoment = 2000us;
inline constexpr auto kPatience = 30s;
// The time from the first alert of a trouble until it heals, in the fleet's time. It is long enough
// to confirm the whole trouble.
inline constexpr Duration kTrouble = 40s;

inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// State that outlives every child, in memory that the children share with the test.
struct World {
  std::atomic<std::int64_t> now_ns{1'000'000'000'000};
  std::array<std::atomic<verdict::Fate>, 64> fates{};
  std::atomic<std::uint32_t> open{0};    // open incidents, in the child's last snapshot
  std::atomic<std::uint64_t> sweeps{0};  // taken
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<bool> is_over{false};  // the child ends when no alert waits any more
};

class WorldClock final : public Clock {
 public:
  explicit WorldClock(const World& world) : world_(world) {}
  TimePoint now() const noexcept override { return TimePoint(Duration(world_.now_ns.load())); }
  WallTime wall() const noexcept override {
    return WallTime(Duration(world_.now_ns.load()) + std::chrono::hours(24 * 365 * 50));
  }

 private:
  const World& world_;
};

// Breaks a group from some address on, and heals it when that is known and confirmed.
class Troubles {
 public:
  Troubles(World& world, Random& random) : world_(world), random_(random) {}

  // Reads the world in the middle of a child's life. `set` changes fates.
  void step(std::uint32_t groups, std::uint32_t addresses, const auto& set) {
    const TimePoint now{Duration(world_.now_ns.load())};
    if (!is_broken_ && world_.open == 0) {
      group_ = random_.below(groups);
      first_ = random_.below(addresses);
      set(group_, first_, Fate::kSilent);
      is_broken_ = true;
      known_at_.reset();
      ++count_;
      for (std::uint32_t i = first_; i < addresses; ++i) ++missing_[group_ * addresses + i];
    } else if (is_broken_ && world_.open == 1) {
      if (!known_at_) known_at_ = now;
      if (now - *known_at_ < kTrouble) return;
      heal(set);
    }
  }
  void heal(const auto& set) {
    if (is_broken_) set(group_, first_, Fate::kOpens);
    is_broken_ = false;
  }
  bool is_known() const { return !is_broken_ || known_at_; }
  int count() const { return count_; }
  // How often each target was broken.
  std::map<std::size_t, std::uint32_t> missing() const { return missing_; }

 private:
  World& world_;
  Random& random_;
  std::uint32_t group_ = 0;
  std::uint32_t first_ = 0;
  bool is_broken_ = false;
  std::optional<TimePoint> known_at_;
  int count_ = 0;
  std::map<std::size_t, std::uint32_t> missing_;
};

// The requests that the webhook received: bodies by key, and changes by incident.
struct Told {
  std::map<std::string, std::set<std::string>> bodies;
  std::map<std::string, std::set<std::string>> changes;

  void collect(alert::testing::Sink& sink, std::chrono::milliseconds patience) {
    while (const auto got = sink.next(patience)) {
      const std::string body = got->at("body");
      bodies[got->at("headers").at("idempotency-key")].insert(body);
      const auto alert = nlohmann::json::parse(body);
      changes[alert.at("incident").at("id")].insert(alert.at("change"));
    }
  }
};

class KilledService : public ServiceFixture {
 protected:
  // No route leads out of the namespace. Every process started from now on runs in it too.
  static std::string in_own_namespace(std::string kind_of_sink) {
    lab::enter_own_namespace();
    lab::run("ip link set lo up");
    return kind_of_sink;
  }
  KilledService()
      : world_(new(::mmap(nullptr, sizeof(World), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) World),
        clock_(*world_),
        sink_(in_own_namespace("http"), kPort) {
    config_.alerts.webhooks = {
        {.name = "hook", .http = {.url = fmt::format("http://127.0.0.1:{}/taken", kPort)}}};
  }
  ~KilledService() override { ::munmap(world_, sizeof(World)); }

  // The child: runs one second of fleet time after another, as fast as possible.
  [[noreturn]] virtual void live(int at_work) {
    auto service = start_in(clock_);
    const char byte = 0;
    if (::write(at_work, &byte, 1) != 1) ::_exit(1);
    while (!world_->is_over || !is_quiet(*service)) {
      world_->now_ns += Duration(1s).count();
      service->round();
      while (view_of(*service)->is_sweeping) {
        std::this_thread::yield();
        service->round();
      }
      world_->open = static_cast<std::uint32_t>(view_of(*service)->incidents.size());
      ++world_->rounds;
    }
    service.reset();
    ::_exit(0);
  }

  std::unique_ptr<Service> start_in(const Clock& clock) {
    const auto sweep = [this](const inventory::TargetTable& table, const SweepRequest&,
                              const SweepHooks&) {
      for (std::size_t i = 0; i < world_->fates.size(); ++i) fates_[i] = world_->fates[i].load();
      ++world_->sweeps;
      return this->sweep(table);
    };
    auto service =
        Service::start(config_, {sweep, SweepRequest{.seed = 1, .epoch = Epoch{1}}}, clock, log_);
    if (!service) ::_exit(1);
    return *std::move(service);
  }

  // Nothing waits for its receiver, and the history knows.
  static bool is_quiet(Service& service) {
    return view_of(service)->incidents.empty() && service.receivers()[0].waiting == 0;
  }

  // Waits for about that many seconds of the fleet's time.
  void let_pass(std::uint32_t seconds) const {
    const std::uint64_t until = world_->rounds + seconds;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (world_->rounds < until && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(100us);
    }
    EXPECT_GE(world_->rounds, until) << "the child stands still";
  }

  // Ends the child, by default by kill -9 a moment later.
  virtual void end(pid_t child) {
    std::this_thread::sleep_for(std::chrono::microseconds(
        random_.below(static_cast<std::uint32_t>(kLongestMoment.count()))));
    ::kill(child, SIGKILL);
  }
  virtual bool has_ended_so(int status) const { return WIFSIGNALED(status); }
  // True: the test prepares the end before the child starts, so it may come during the start.
  virtual bool ends_early() { return false; }
  virtual void check_after_end() {}

  // Runs one child and calls `happens` in the middle of its life. Without `life` the child runs
  // until it ends by itself.
  void run_child(std::optional<std::uint32_t> life, const auto& happens) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    const bool early = life && ends_early();
    const pid_t child = ::fork();
    if (child == 0) live(writing.get());
    writing = Fd();
    if (!early) {
      char byte = 0;
      EXPECT_EQ(::read(reading.get(), &byte, 1), 1) << "the child could not begin";
    }
    if (life && !early) {
      let_pass(*life / 2);
      happens();
      let_pass(*life - *life / 2);
      end(child);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (life) {
      EXPECT_TRUE(has_ended_so(status)) << "the child ended otherwise: " << status;
    } else {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    check_after_end();
  }

  void set(std::uint32_t group, std::uint32_t first, Fate fate) {
    for (std::uint32_t i = first; i < kAddresses; ++i) {
      world_->fates[group * kAddresses + i] = fate;
    }
  }

  static std::size_t row_of(const watch::Transition& transition) {
    const std::uint32_t address = transition.address.v4();
    return (address >> 8 & 0xff) * kAddresses + (address & 0xff) - 1;
  }

  void kill_until(const auto& is_over) {
    const auto set = [this](auto... how) { this->set(how...); };
    const auto step = [&] { troubles_.step(kGroups, kAddresses, set); };
    run_child(kLongestLife, [] {});  // the watch knows every target
    for (killed_ = 1; !is_over(killed_); ++killed_) {
      run_child(random_.below(kLongestLife), step);
      ASSERT_FALSE(HasFailure()) << "kill " << killed_;
      notified_.collect(sink_, 1ms);
    }
    // The watch must also report the last trouble.
    for (int more = 0; !troubles_.is_known() && more < 100; ++more, ++killed_) {
      run_child(random_.below(kLongestLife), step);
    }
    ASSERT_TRUE(troubles_.is_known());
    run_child(kLongestLife, [] {});  // every target of the trouble is confirmed
    troubles_.heal(set);
    world_->is_over = true;
    run_child(std::nullopt, [] {});
    notified_.collect(sink_, 300ms);
  }

  void expect_an_incident_of_each_trouble(history::Reader& reader) {
    const auto incidents = value_of(reader.incidents({.rows = history::kPageRowsMax})).rows;
    EXPECT_EQ(incidents.size(), static_cast<std::size_t>(troubles_.count()));
    for (const watch::Incident& incident : incidents) {
      EXPECT_TRUE(incident.ended_at) << incident.id.value;
      EXPECT_THAT(notified_.changes[incident.id.value],
                  ::testing::IsSupersetOf({"opened", "ended"}))
          << incident.id.value;
    }
  }

  void expect_each_target_gone_and_back_as_often_as_it_was_broken(history::Reader& reader) {
    std::map<std::size_t, std::uint32_t> gone;
    std::map<std::size_t, std::uint32_t> back;
    history::PageRequest request{.rows = history::kPageRowsMax};
    while (true) {
      const auto page = value_of(reader.transitions(request));
      for (const watch::Transition& transition : page.rows) {
        if (transition.to == watch::TargetState::kMissing) ++gone[row_of(transition)];
        if (transition.from == watch::TargetState::kMissing) ++back[row_of(transition)];
      }
      if (!page.next) break;
      request.after = *page.next;
    }
    EXPECT_EQ(gone, troubles_.missing());
    EXPECT_EQ(back, troubles_.missing());
  }

  // Each message that was stored arrived, and what arrived twice was the same message.
  std::size_t expect_every_message() {
    const auto database = SQLite::Database(folder_.file(), SQLite::OPEN_READWRITE);
    SQLite::Statement stored(database, "SELECT key, payload, outcome FROM outbox");
    std::size_t messages = 0;
    for (; stored.executeStep(); ++messages) {
      const std::set<std::string> body{stored.getColumn(1).getString()};
      EXPECT_EQ(notified_.bodies[history::content_hash(stored.getColumn(0).getString())], body)
          << stored.getColumn(0).getString() << ": " << stored.getColumn(2).getString();
    }
    EXPECT_EQ(notified_.bodies.size(), messages) << "told, and the history does not know";
    return messages;
  }

  World* world_;
  WorldClock clock_;
  const std::uint64_t seed_ = number_from_environment("ROLLCALL_KILL_SEED", random_seed());
  Random random_{seed_};
  Random chance_{seed_ + 1};
  Troubles troubles_{*world_, chance_};
  alert::testing::Sink sink_;
  Told notified_;
  std::uint64_t killed_ = 0;
};

}  // namespace rollcall::cli
