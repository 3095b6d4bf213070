// kill -9 of a process with a full outbox: every message that was committed reaches its receiver at
// least once, and each repetition has the key of the first.
//
// ROLLCALL_KILLS=200 sets how many kills, ROLLCALL_KILL_SEED=n repeats a failed run's moments.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "engine/base/fd.h"
#include "engine/base/random.h"
#include "scheduler/alert/outbox.h"
#include "scheduler/alert/webhook.h"
#include "scheduler/history/sqlite/content_hash.h"
#include "tests/scheduler/alert/process.h"
#include "tests/scheduler/history/testing.h"
#include "tests/scheduler/recheck/own_namespace.h"

namespace rollcall::alert {
namespace {

using history::Reader;
using std::chrono::milliseconds;
using testing::Sink;

constexpr int kPort = 8080;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

history::OutboxMessage numbered(std::uint32_t n) {
  auto message = history::testing::message(std::to_string(n), "hook");
  message.payload = std::to_string(n);
  return message;
}

// Works as a service does: loads the pending messages, then commits and sends.
class Service {
 public:
  explicit Service(const std::string& folder)
      : store_(history::testing::open_store(folder, clock_)), outbox_(receivers(), clock_) {
    Reader reader(folder);
    std::int64_t last = 0;
    for (;;) {
      const auto pending = history::testing::value_of(reader.pending_messages(last));
      if (pending.empty()) break;
      for (const auto& [id, message] : pending) outbox_.add({{message}});
      last = pending.back().first;
    }
  }

  bool commit(std::vector<history::OutboxMessage> messages) {
    history::Batch batch{.messages = std::move(messages), .deliveries = outbox_.take_settled()};
    if (!store_->commit(batch)) return false;
    outbox_.add(batch.messages);
    return true;
  }

 private:
  static std::vector<std::unique_ptr<Receiver>> receivers() {
    std::vector<std::unique_ptr<Receiver>> all;
    all.push_back(make_webhook({.name = "hook", .url = "http://127.0.0.1:8080/taken"}).value());
    return all;
  }

  SystemClock clock_;
  std::unique_ptr<history::SqliteStore> store_;
  Outbox outbox_;
};

[[noreturn]] void serve_for_ever(const std::string& folder, std::uint32_t first, int acks) {
  Service service(folder);
  for (std::uint32_t n = first; n < first + 100'000; ++n) {
    if (!service.commit({numbered(n)})) ::_exit(1);
    if (::write(acks, &n, sizeof n) != sizeof n) ::_exit(1);
    std::this_thread::sleep_for(milliseconds(1));  // about as fast as the sink takes them
  }
  ::_exit(1);
}

// The last number that was acknowledged.
std::uint32_t kill_while_serving(const std::string& folder, std::uint32_t first,
                                 milliseconds after) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) serve_for_ever(folder, first, writing.get());
  writing = Fd();
  std::uint32_t last = first - 1;
  EXPECT_EQ(::read(reading.get(), &last, sizeof last), static_cast<ssize_t>(sizeof last));
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  while (::read(reading.get(), &last, sizeof last) == sizeof last) {
  }
  return last;
}

TEST(AnOutboxThatIsKilled, LosesNoMessageAndRepeatsOnlyWithTheSameKey) {
  ASSERT_NO_FATAL_FAILURE(lab::enter_own_namespace());
  lab::run("ip link set lo up");
  const std::uint64_t kills = number_from_environment("ROLLCALL_KILLS", 15);
  const std::uint64_t seed = number_from_environment("ROLLCALL_KILL_SEED", random_seed());
  SCOPED_TRACE("ROLLCALL_KILL_SEED=" + std::to_string(seed));
  Random random(seed);
  const history::testing::TemporaryFolder folder;
  auto sink = std::make_unique<Sink>("http", kPort);

  std::map<std::string, std::set<std::string>> keys_of;  // by the message's number
  const auto collect = [&](milliseconds patience) {
    while (const auto got = sink->next(patience)) {
      keys_of[got->at("body")].insert(got->at("headers").at("idempotency-key").get<std::string>());
    }
  };
  std::vector<std::uint32_t> acknowledged;
  std::uint32_t last = 0;
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::uint32_t first = last + 2;  // one more may have been committed and not acknowledged
    last = kill_while_serving(folder.path(), first, milliseconds(random.below(100)));
    for (std::uint32_t n = first; n <= last; ++n) acknowledged.push_back(n);
    ASSERT_FALSE(HasFailure()) << "kill " << i;
    collect(milliseconds(1));
  }

  {
    Service survivor(folder.path());
    Reader reader(folder.path());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      ASSERT_TRUE(survivor.commit({}));
      collect(milliseconds(5));
      if (history::testing::value_of(reader.pending_messages(0)).empty()) break;
    }
    EXPECT_TRUE(history::testing::value_of(reader.pending_messages(0)).empty());
  }
  collect(milliseconds(300));
  const auto database = SQLite::Database(folder.file(), SQLite::OPEN_READWRITE);
  SQLite::Statement stored(database, "SELECT payload, key, outcome FROM outbox");
  while (stored.executeStep()) {
    const std::string number = stored.getColumn(0).getString();
    const std::set<std::string> key{history::content_hash(stored.getColumn(1).getString())};
    ASSERT_EQ(keys_of[number], key)
        << "message " << number << ": " << stored.getColumn(2).getString();
  }
  for (const std::uint32_t n : acknowledged) {
    ASSERT_TRUE(keys_of.contains(std::to_string(n))) << "message " << n << " is lost";
  }
}

}  // namespace
}  // namespace rollcall::alert
