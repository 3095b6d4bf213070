#include "cli/service/service_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

TEST(ServiceQueue, RunOnTheServingThread) {
  ServiceQueue calls;
  std::thread::id served_on;
  std::jthread caller(
      [&] { EXPECT_TRUE(calls.run([&] { served_on = std::this_thread::get_id(); }, 10s)); });
  calls.wait(10s);
  calls.serve();
  caller.join();
  EXPECT_EQ(served_on, std::this_thread::get_id());
}

TEST(ServiceQueue, ThatNobodyServesInTimeNeverRun) {
  ServiceQueue calls;
  bool ran = false;
  EXPECT_FALSE(calls.run([&] { ran = true; }, 1ms));
  calls.serve();
  EXPECT_FALSE(ran);
}

TEST(ServiceQueue, AreRefusedWhenTheServiceIsOver) {
  ServiceQueue calls;
  std::atomic<bool> refused = false;
  std::jthread caller([&] { refused = !calls.run([] {}, 60s); });
  calls.wait(10s);
  calls.close();
  caller.join();
  EXPECT_TRUE(refused);
  EXPECT_FALSE(calls.run([] {}, 60s));
}

TEST(ServiceQueue, ThatThrowAreToldAndTheServiceGoesOn) {
  ServiceQueue calls;
  std::atomic<bool> refused = false;
  std::jthread caller([&] { refused = !calls.run([] { throw std::bad_alloc(); }, 60s); });
  calls.wait(10s);
  calls.serve();
  caller.join();
  EXPECT_TRUE(refused);
}

TEST(ServiceQueue, OfManyThreadsRunOneAfterTheOther) {
  ServiceQueue calls;
  int sum = 0;  // no lock: the service's thread alone touches it
  std::atomic<int> refused = 0;
  std::atomic<int> left = 8;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        for (int turn = 0; turn < 1000; ++turn) {
          if (!calls.run([&] { ++sum; }, 30s)) ++refused;
        }
        --left;
      });
    }
    while (left > 0) {
      calls.wait(1ms);
      calls.serve();
    }
  }
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(sum, 8000);
}

}  // namespace
}  // namespace rollcall::cli
