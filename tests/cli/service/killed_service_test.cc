// kill -9 of a whole watch at random moments, in accelerated time, on a real disk and with a real
// webhook: no transition is lost or doubled, every trouble is one incident, every alert arrives.
//
// 200 kills, or as many as fit in 20 s; ROLLCALL_KILLS=1000 sets how many, however long they take.
// ROLLCALL_KILL_SEED=n repeats a failed run's troubles; its moments only as far as a machine
// repeats itself.
#include "tests/cli/service/killed_service.h"

namespace rollcall::cli {
namespace {

constexpr std::uint64_t kKills = 200;
constexpr auto kTestTime = 20s;

TEST_F(KilledService, LosesNothingRepeatsNothingAndTellsEverythingWhereverItIsKilled) {
  SCOPED_TRACE(fmt::format("ROLLCALL_KILL_SEED={}", seed_));
  const std::uint64_t wanted = number_from_environment("ROLLCALL_KILLS", 0);
  const std::uint64_t kills = wanted > 0 ? wanted : kKills;
  const auto deadline = std::chrono::steady_clock::now() + kTestTime;
  kill_until([&](std::uint64_t killed) {
    return killed >= kills || (wanted == 0 && std::chrono::steady_clock::now() > deadline);
  });
  ASSERT_FALSE(HasFailure());
  EXPECT_EQ(history::testing::integrity(folder_.file()), "ok");
  history::Reader reader(folder_.path());
  expect_an_incident_of_each_trouble(reader);
  expect_each_target_gone_and_back_as_often_as_it_was_broken(reader);
  const std::size_t messages = expect_every_message();
  EXPECT_GT(troubles_.count(), static_cast<int>(killed_ / 20)) << "too little happened";
  fmt::print("{} kills, {} troubles, {} messages, {} sweeps\n", killed_, troubles_.count(),
             messages, world_->sweeps.load());
}

}  // namespace
}  // namespace rollcall::cli
