#include "engine/base/thread_progress.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <optional>
#include <thread>

#include "engine/base/limited_call.h"

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> names(const std::vector<StuckThread>& silent) {
  std::vector<std::string> names;
  for (const StuckThread& thread : silent) {
    names.push_back(thread.waits_for.empty() ? thread.name : thread.name + ": " + thread.waits_for);
  }
  return names;
}

TEST(ThreadRegistry, FindsTheThreadThatDoesNotBeat) {
  ThreadRegistry registry;
  const auto still = registry.add("still");
  const auto alive = registry.add("alive");
  still->beat();
  for (int second = 0; second < 5; ++second) {
    alive->beat();
    EXPECT_THAT(registry.look(1s, 5s), IsEmpty()) << second;
  }
  alive->beat();
  EXPECT_THAT(names(registry.look(1s, 5s)), ElementsAre("still"));
  still->beat();
  EXPECT_THAT(registry.look(1s, 5s), IsEmpty());
}

TEST(ThreadRegistry, SaysWhatAThreadWaitsFor) {
  ThreadRegistry registry;
  const auto thread = registry.add("store");
  {
    const SlowOperation patience(thread.get(), "a write to the disk");
    registry.look(1s, 1s);
    EXPECT_THAT(names(registry.look(1s, 1s)), ElementsAre("store: a write to the disk"));
  }
  EXPECT_THAT(registry.look(1s, 1s), IsEmpty()) << "the end of the wait is a beat";
  EXPECT_THAT(names(registry.look(1s, 1s)), ElementsAre("store"));
}

TEST(ThreadRegistry, ForgetsThreadsThatHaveEnded) {
  ThreadRegistry registry;
  auto thread = registry.add("short");
  std::uint64_t rounds = 0;
  auto counter = registry.add_counter("counter", [&rounds] { return rounds; });
  registry.look(1s, 1s);
  EXPECT_THAT(registry.look(1s, 1s), SizeIs(2));
  rounds = 1;
  EXPECT_THAT(names(registry.look(1s, 1s)), ElementsAre("short"));
  counter.reset();
  thread.reset();
  EXPECT_THAT(registry.look(9s, 1s), IsEmpty());
}

TEST(SlowOperation, NeedsNobodyWhoWatches) {
  const SlowOperation patience(nullptr, "anything");
}

TEST(LimitedCall, ReturnsTheResultOfACallThatReturns) {
  LimitedCall<int> call;
  EXPECT_EQ(call.run([] { return 1; }, 10s), 1);
  EXPECT_EQ(call.run([] { return 2; }, 10s), 2);
}

TEST(LimitedCall, LeavesACallThatHangsAndTakesUpItsResultLater) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool may_return = false;
    int calls = 0;
  };
  const auto shared = std::make_shared<Shared>();
  const auto hang = [shared] {
    std::unique_lock lock(shared->mutex);
    shared->changed.wait(lock, [&] { return shared->may_return; });
    return ++shared->calls;
  };
  LimitedCall<int> call;
  EXPECT_EQ(call.run(hang, 10ms), std::nullopt);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(call.run(hang, 10ms), std::nullopt);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s) << "it waits once";
  {
    const std::scoped_lock lock(shared->mutex);
    shared->may_return = true;
  }
  shared->changed.notify_all();
  std::optional<int> result;
  while (!(result = call.run(hang, 0ms))) std::this_thread::yield();
  EXPECT_EQ(result, 1) << "the same call";
}

TEST(LimitedCall, BeginsAnewAfterACallThatThrew) {
  LimitedCall<int> call;
  EXPECT_EQ(call.run([]() -> int { throw std::bad_alloc(); }, 10s), std::nullopt);
  EXPECT_EQ(call.run([] { return 2; }, 10s), 2);
}

}  // namespace
}  // namespace rollcall
