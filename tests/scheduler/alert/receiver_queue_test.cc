// Which message is next, and when.
#include "scheduler/alert/receiver_queue.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_clock.h"

namespace rollcall::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const DeliveryOutcome kTaken{Acceptance::kYes, ""};
const DeliveryOutcome kDead{Acceptance::kTryAgain, "connection refused"};
const DeliveryOutcome kRefusal{Acceptance::kRefused, "HTTP 400"};

class Queue : public ::testing::Test {
 protected:
  void add(const std::string& key, const std::string& subject, bool stored = true) {
    queue_.add({.key = key, .receiver = "pager", .subject = subject, .stored = stored},
               clock_.now());
  }
  // The keys of the next batch, which then ends so; "" where there is none.
  std::string deliver(const DeliveryOutcome& outcome) {
    const auto batch = queue_.next(clock_.now());
    if (batch.empty()) return "";
    std::string key = keys(batch);
    queue_.conclude(outcome, clock_.now(), clock_.wall());
    return key;
  }
  static std::string keys(const std::vector<history::OutboxMessage>& batch) {
    std::string keys;
    for (const auto& message : batch) keys += (keys.empty() ? "" : " ") + message.key;
    return keys;
  }
  void rest() { clock_.advance(std::max(queue_.wake() - clock_.now(), Duration::zero())); }
  std::vector<std::string> settled() {
    std::vector<std::string> lines;
    for (const auto& row : queue_.take_settled()) lines.push_back(row.key + " " + row.outcome);
    return lines;
  }

  fakes::FakeClock clock_;
  ReceiverQueue queue_{"pager", {}, {}, 1};
};

TEST_F(Queue, GivesMessagesInOrderAndSettlesThem) {
  add("a", "web42");
  add("b", "web43");
  EXPECT_EQ(deliver(kTaken), "a");
  EXPECT_EQ(deliver(kTaken), "b");
  EXPECT_EQ(deliver(kTaken), "");
  EXPECT_THAT(settled(), ElementsAre("a delivered", "b delivered"));
  EXPECT_THAT(settled(), IsEmpty());
  EXPECT_EQ(queue_.wake(), TimePoint::max());
}

TEST_F(Queue, TakesAKeyThatWaitsOnlyOnce) {
  add("a", "web42");
  add("a", "web42");
  EXPECT_EQ(queue_.waiting(), 1U);
}

TEST_F(Queue, RestsLongerAfterEachFailureButNeverLongerThanItsLimit) {
  add("a", "web42");
  std::vector<Duration> rests;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(deliver(kDead), "a");
    EXPECT_EQ(deliver(kDead), "") << "not before it has rested";
    rests.push_back(queue_.wake() - clock_.now());
    rest();
  }
  for (std::size_t i = 0; i < rests.size(); ++i) {
    const Duration full = std::min<Duration>(seconds(1) * (1 << i), ReceiverTraits{}.rest_max);
    EXPECT_LE(rests[i], full);
    EXPECT_GE(rests[i], full / 2) << "the random part takes at most a half";
  }
}

TEST_F(Queue, KeepsTheOrderOfOneSubjectAndLetsOthersOvertake) {
  add("opened", "web42");
  add("changed", "web42");
  add("other", "web43");
  EXPECT_EQ(deliver(kDead), "opened");
  clock_.advance(seconds(1));
  EXPECT_EQ(deliver(kDead), "opened");  // its own rest is over as well
  // Both the receiver and the message rest; the other subject is free as soon as the receiver is.
  std::vector<std::string> order;
  for (int i = 0; i < 10 && queue_.waiting() > 0; ++i) {
    rest();
    order.push_back(deliver(order.empty() ? kDead : kTaken));
  }
  const auto place = [&](const char* key) { return std::ranges::find(order, key); };
  EXPECT_LT(place("opened"), place("changed"));
  EXPECT_NE(place("other"), order.end());
}

TEST_F(Queue, OneMessageThatAlwaysFailsDoesNotStopTheOthers) {
  add("poison", "web42");
  std::vector<std::string> delivered;
  for (int i = 0; i < 20; ++i) {
    add(std::to_string(i), "group" + std::to_string(i));
    for (int tries = 0; tries < 3; ++tries) {
      rest();
      const auto batch = queue_.next(clock_.now());
      if (batch.empty()) continue;
      const bool poison = batch[0].key == "poison";
      if (!poison) delivered.push_back(batch[0].key);
      queue_.conclude(poison ? kDead : kTaken, clock_.now(), clock_.wall());
    }
  }
  EXPECT_THAT(delivered, SizeIs(20));
}

TEST_F(Queue, SettlesWhatIsRefusedAndSaysSo) {
  add("a", "web42");
  EXPECT_EQ(deliver(kRefusal), "a");
  EXPECT_THAT(settled(), ElementsAre("a refused: HTTP 400"));
  EXPECT_THAT(queue_.take_messages(), ElementsAre(HasSubstr("web42")));
}

TEST_F(Queue, GivesUpAfterADayAndSaysSo) {
  add("a", "web42");
  const TimePoint begun = clock_.now();
  while (queue_.waiting() > 0 && clock_.now() - begun < hours(48)) {
    rest();
    deliver(kDead);
  }
  EXPECT_GE(clock_.now() - begun, hours(24));
  EXPECT_LE(clock_.now() - begun, hours(24) + minutes(6));
  EXPECT_THAT(settled(), ElementsAre(HasSubstr("given up")));
}

TEST_F(Queue, SaysOnceThatAReceiverIsDeadAndOnceThatItIsBack) {
  add("a", "web42");
  for (int i = 0; i < 5; ++i) {
    rest();
    deliver(kDead);
  }
  EXPECT_TRUE(queue_.failing());
  EXPECT_THAT(queue_.take_messages(), ElementsAre(HasSubstr("connection refused")));
  rest();
  deliver(kTaken);
  EXPECT_FALSE(queue_.failing());
  EXPECT_THAT(queue_.take_messages(), ElementsAre(HasSubstr("again")));
}

TEST_F(Queue, PutsTheOldestOffWhenItIsFullAndSaysSo) {
  queue_ = ReceiverQueue("pager", {}, {.messages_max = 2}, 1);
  add("a", "1");
  add("b", "2");
  add("c", "3");
  EXPECT_EQ(deliver(kTaken), "b");
  EXPECT_EQ(deliver(kTaken), "c");
  EXPECT_THAT(settled(), ElementsAre("b delivered", "c delivered")) << "the store keeps a";
  EXPECT_THAT(queue_.take_messages(), SizeIs(1));
}

TEST_F(Queue, ANewerStateReplacesOneThatWaitsAndBothAreSettledWithIt) {
  queue_ = ReceiverQueue("am", {.newest_only = true}, {}, 1);
  add("opened", "web42");
  add("ended", "web42");
  add("other", "web43");
  add("repeat", "web43", false);
  EXPECT_EQ(deliver(kTaken), "ended");
  EXPECT_EQ(deliver(kTaken), "repeat");
  EXPECT_EQ(deliver(kTaken), "");
  EXPECT_THAT(settled(), ElementsAre("ended delivered", HasSubstr("opened a newer one"),
                                     HasSubstr("other a newer one")));
}

TEST_F(Queue, ANewerStateDoesNotReplaceOneThatIsUnderWay) {
  queue_ = ReceiverQueue("am", {.newest_only = true}, {}, 1);
  add("opened", "web42");
  ASSERT_THAT(queue_.next(clock_.now()), SizeIs(1));
  add("ended", "web42");
  queue_.conclude(kTaken, clock_.now(), clock_.wall());
  EXPECT_EQ(deliver(kTaken), "ended");
  EXPECT_THAT(settled(), ElementsAre("opened delivered", "ended delivered"));
}

TEST_F(Queue, HeartbeatsDoNotPileUpBeforeADeadReceiver) {
  for (int i = 0; i < 100; ++i) add("heartbeat" + std::to_string(i), "heartbeat", false);
  EXPECT_EQ(queue_.waiting(), 1U);
  EXPECT_EQ(deliver(kTaken), "heartbeat99");
  EXPECT_THAT(settled(), IsEmpty()) << "the store never heard of them";
}

class BatchQueue : public Queue {
 protected:
  void SetUp() override {
    queue_ =
        ReceiverQueue("am", {.newest_only = true, .batch_max = 4, .rest_max = seconds(5)}, {}, 1);
  }
  void add_all(const std::string& keys) {
    for (const char key : keys) add(std::string(1, key), std::string("group ") + key);
  }
};

TEST_F(BatchQueue, GivesManySubjectsAtOnceAndSettlesEach) {
  add_all("abcdef");
  EXPECT_EQ(deliver(kTaken), "a b c d");
  EXPECT_EQ(deliver(kTaken), "e f");
  EXPECT_THAT(settled(), SizeIs(6));
  EXPECT_EQ(queue_.waiting(), 0U);
}

TEST_F(BatchQueue, NeverHoldsTwoMessagesOfOneSubject) {
  queue_ = ReceiverQueue("hook", {.batch_max = 4}, {}, 1);
  add("opened", "web42");
  add("ended", "web42");
  add("other", "web43");
  EXPECT_EQ(deliver(kTaken), "opened other");
  EXPECT_EQ(deliver(kTaken), "ended");
}

TEST_F(BatchQueue, IsBoundedInBytesButNeverEmpty) {
  for (const char* key : {"a", "b", "c"}) {
    queue_.add({.key = key, .subject = key, .payload = std::string(600'000, 'x')}, clock_.now());
  }
  EXPECT_EQ(deliver(kTaken), "a");
  queue_.add({.key = "d", .subject = "d", .payload = std::string(2'000'000, 'x')}, clock_.now());
  EXPECT_EQ(deliver(kTaken), "b");
  EXPECT_EQ(deliver(kTaken), "c");
  EXPECT_EQ(deliver(kTaken), "d");
}

TEST_F(BatchQueue, IsHalvedAfterARefusalUntilOnlyTheMessageThatCausesItIsRefused) {
  add_all("abcd");
  std::vector<std::string> batches;
  while (queue_.waiting() > 0 && batches.size() < 20) {
    const auto batch = queue_.next(clock_.now());
    ASSERT_FALSE(batch.empty());
    batches.push_back(keys(batch));
    const bool has_c = batches.back().contains('c');
    queue_.conclude(has_c ? kRefusal : kTaken, clock_.now(), clock_.wall());
  }
  EXPECT_THAT(batches, ElementsAre("a b c d", "a b", "c d", "c", "d"));
  EXPECT_THAT(settled(),
              ElementsAre("a delivered", "b delivered", "c refused: HTTP 400", "d delivered"));
}

TEST_F(BatchQueue, IsWholeAgainAtMostOneLongestRestAfterAFailure) {
  add_all("abc");
  for (int i = 0; i < 30; ++i) {
    rest();
    EXPECT_EQ(deliver(kDead), "a b c");
    EXPECT_LE(queue_.wake() - clock_.now(), seconds(5));
  }
  rest();
  EXPECT_EQ(deliver(kTaken), "a b c");
}

TEST_F(Queue, EndsAllRestsWithTheFirstSuccessAfterAnOutage) {
  for (int i = 0; i < 3; ++i) add(std::to_string(i), std::to_string(i));
  for (int i = 0; i < 12; ++i) {
    rest();
    EXPECT_NE(deliver(kDead), "");
  }
  rest();
  EXPECT_NE(deliver(kTaken), "");
  EXPECT_NE(deliver(kTaken), "") << "without another rest";
  EXPECT_NE(deliver(kTaken), "");
}

TEST_F(BatchQueue, SaysOnceThatAReceiverIsSlowAndForgetsItWhenAWholeRoundWasTaken) {
  const auto repeat = [&](int round) {
    for (int i = 0; i < 8; ++i) {
      add(std::to_string(i) + "/" + std::to_string(round), std::to_string(i), false);
    }
  };
  for (int round = 0; round < 4; ++round) {  // half of each round is taken before the next
    repeat(round);
    deliver(kTaken);
    clock_.advance(seconds(20));
  }
  EXPECT_TRUE(queue_.failing());
  EXPECT_THAT(queue_.take_messages(), ElementsAre(HasSubstr("slow")));
  for (int round = 4; round < 7; ++round) {
    while (deliver(kTaken) != "") {
    }
    repeat(round);
  }
  EXPECT_FALSE(queue_.failing());
}

TEST_F(Queue, SendsATestAtOnceWhileTheReceiverRestsAndEndsItWithItsFirstOutcome) {
  const auto test = [&](const char* key) {
    queue_.add({.key = key, .subject = "test", .stored = false, .try_once = true}, clock_.now());
  };
  add("a", "web42");
  for (int i = 0; i < 5; ++i) {
    rest();
    deliver(kDead);
  }
  test("t1");
  EXPECT_LE(queue_.wake(), clock_.now());
  EXPECT_EQ(deliver({Acceptance::kTryAgain, "HTTP 401"}), "t1");
  EXPECT_EQ(queue_.last_test(), "not taken: HTTP 401");
  EXPECT_EQ(deliver(kTaken), "") << "the rest of the receiver goes on";
  test("t2");
  EXPECT_EQ(deliver(kTaken), "t2");
  EXPECT_EQ(queue_.last_test(), "delivered");
  EXPECT_EQ(queue_.tests(), 2U);
  EXPECT_FALSE(queue_.failing());
  EXPECT_EQ(deliver(kTaken), "a") << "a test that is taken ends the rest";
  EXPECT_THAT(settled(), ElementsAre("a delivered")) << "the store never heard of tests";
}

TEST_F(Queue, ShowsThatOnlyAPartWasTakenUntilAWholeMessageIs) {
  add("a", "web42");
  add("b", "web43");
  add("c", "web44");
  const DeliveryOutcome partly{Acceptance::kYes, "x@example.org was refused: 550"};
  deliver(partly);
  deliver(partly);
  EXPECT_TRUE(queue_.failing());
  EXPECT_EQ(queue_.last_failure(), partly.reason);
  EXPECT_THAT(queue_.take_messages(), ElementsAre(HasSubstr("x@example.org")));
  EXPECT_THAT(settled(), ElementsAre(HasSubstr("a delivered, but x@example.org"), HasSubstr("b ")));
  deliver(kTaken);
  EXPECT_FALSE(queue_.failing());
}

}  // namespace
}  // namespace rollcall::alert
