#include "cli/web/http/password_checks.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

namespace rollcall::web {
namespace {

// Its checks wait until they are let go, and what they post until it is run.
class APasswordQueue : public ::testing::Test {
 protected:
  ~APasswordQueue() override { let_go(); }

  AuthState check(std::string_view authorization) {
    std::unique_lock lock(mutex_);
    checked_.emplace_back(authorization);
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_let_go_; });
    return authorization == "good" ? AuthState::kAuthenticated : AuthState::kAnonymous;
  }
  void let_go() {
    const std::scoped_lock lock(mutex_);
    is_let_go_ = true;
    changed_.notify_all();
  }
  bool ask(const std::string& authorization, const char* peer = "192.0.2.1") {
    return checks_.ask(authorization, Address::parse(peer).value(),
                       [this](AuthState auth_state) { told_.push_back(auth_state); });
  }
  void wait_until_checking() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !checked_.empty(); });
  }
  // Runs what is posted until so many are told.
  void run_until_told(std::size_t count) {
    while (told_.size() < count) {
      std::vector<std::function<void()>> work;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !posted_.empty(); });
        work.swap(posted_);
      }
      for (const auto& each : work) each();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_let_go_ = false;
  std::vector<std::string> checked_;
  std::vector<std::function<void()>> posted_;
  std::vector<AuthState> told_;
  ThreadRegistry threads_;
  PasswordChecks checks_{threads_, [this](std::string_view text) { return check(text); },
                         [this](std::function<void()> work) {
                           const std::scoped_lock lock(mutex_);
                           posted_.push_back(std::move(work));
                           changed_.notify_all();
                         }};
};

TEST_F(APasswordQueue, ChecksTheSameCredentialsOnceForAllWhoWait) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(ask("good"));
  EXPECT_TRUE(ask("bad"));
  EXPECT_TRUE(ask("good", "198.51.100.9"));
  let_go();
  run_until_told(102);
  EXPECT_THAT(checked_, ::testing::ElementsAre("good", "bad"));
  EXPECT_EQ(std::ranges::count(told_, AuthState::kAuthenticated), 101);
}

TEST_F(APasswordQueue, LeavesPlacesForOthersWhateverOnePeerTries) {
  for (const auto& [peers, other] :
       {std::pair(std::vector{"192.0.2.1"}, "192.0.2.2"),
        std::pair(std::vector{"2001:db8::1", "2001:db8::ffff:1"}, "2001:db8:0:1::1")}) {
    std::size_t taken = 0;
    for (int i = 0; i < 100; ++i) {
      taken += ask(peers.front() + std::to_string(i), peers[i % peers.size()]);
    }
    EXPECT_EQ(taken, PasswordChecks::kOfOnePeerMax);
    EXPECT_TRUE(ask(std::string("good of ") + other, other));
  }
}

TEST_F(APasswordQueue, RefusesWhatIsTooMuchAndTakesMoreLater) {
  ASSERT_TRUE(ask("first"));
  wait_until_checking();
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) {
    taken += ask("guess " + std::to_string(i), ("192.0.2." + std::to_string(i + 2)).c_str());
  }
  EXPECT_EQ(taken, PasswordChecks::kWaitingMax);
  let_go();
  run_until_told(taken + 1);
  EXPECT_TRUE(ask("good"));
  run_until_told(taken + 2);
  EXPECT_EQ(told_.back(), AuthState::kAuthenticated);
}

}  // namespace
}  // namespace rollcall::web
