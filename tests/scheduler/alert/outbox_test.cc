// The outbox with its threads, and receivers that do as a test says.
#include "scheduler/alert/outbox.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>

namespace rollcall::alert {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return condition();
}

// The messages that a test receiver took; shared with the delivery thread.
struct Ledger {
  std::mutex mutex;
  std::vector<std::string> keys;

  std::vector<std::string> taken() {
    const std::scoped_lock lock(mutex);
    return keys;
  }
};

class ScriptedReceiver final : public Receiver {
 public:
  using Script =
      std::function<DeliveryOutcome(const history::OutboxMessage&, const std::stop_token&)>;
  ScriptedReceiver(std::string name, Ledger& ledger, Script script)
      : name_(std::move(name)), ledger_(ledger), script_(std::move(script)) {}

  const std::string& name() const override { return name_; }
  ReceiverTraits traits() const override { return {.rest_max = milliseconds(20)}; }
  DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch, const DeliveryContext&,
                          std::stop_token stop) override {
    const history::OutboxMessage& message = batch.front();
    const DeliveryOutcome outcome = script_(message, stop);
    const std::scoped_lock lock(ledger_.mutex);
    if (outcome.taken == Acceptance::kYes) ledger_.keys.push_back(message.key);
    return outcome;
  }

 private:
  std::string name_;
  Ledger& ledger_;
  Script script_;
};

DeliveryOutcome take(const history::OutboxMessage&, const std::stop_token&) {
  return {Acceptance::kYes, ""};
}

// Blocks as a dead network does, until it is told to stop.
DeliveryOutcome hang(const history::OutboxMessage&, const std::stop_token& stop) {
  while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
  return {Acceptance::kTryAgain, "stopped"};
}

std::vector<history::OutboxMessage> messages(const std::string& receiver, int count) {
  std::vector<history::OutboxMessage> result;
  for (int i = 0; i < count; ++i) {
    const std::string key = receiver + std::to_string(i);
    result.push_back({.key = key, .receiver = receiver, .subject = key});
  }
  return result;
}

class AnOutbox : public ::testing::Test {
 protected:
  // The receivers by name.
  std::unique_ptr<Outbox> outbox(const std::map<std::string, ScriptedReceiver::Script>& scripts) {
    std::vector<std::unique_ptr<Receiver>> receivers;
    for (const auto& [name, script] : scripts) {
      receivers.push_back(std::make_unique<ScriptedReceiver>(name, ledger_, script));
    }
    return std::make_unique<Outbox>(std::move(receivers), clock_,
                                    OutboxOptions{.rest_min = milliseconds(1)});
  }

  SystemClock clock_;
  Ledger ledger_;
};

TEST_F(AnOutbox, DeliversInOrderAndSaysWhatIsSettled) {
  const auto box = outbox({{"pager", take}});
  box->add(messages("pager", 3));
  EXPECT_TRUE(eventually([&] { return ledger_.taken().size() == 3; }));
  EXPECT_THAT(ledger_.taken(), ElementsAre("pager0", "pager1", "pager2"));
  std::vector<history::Delivery> settled;
  EXPECT_TRUE(eventually([&] {
    for (auto& row : box->take_settled()) settled.push_back(std::move(row));
    return settled.size() == 3;
  }));
  EXPECT_EQ(settled[0].key, "pager0");
  EXPECT_EQ(settled[0].attempts, 1U);
  EXPECT_EQ(settled[0].outcome, "delivered");
}

TEST_F(AnOutbox, ADeadReceiverDelaysNobodyElse) {
  const auto box = outbox({{"dead", hang}, {"pager", take}});
  box->add(messages("dead", 100));
  box->add(messages("pager", 100));
  EXPECT_TRUE(eventually([&] { return ledger_.taken().size() == 100; }));
  for (const auto& status : box->status()) {
    EXPECT_EQ(status.waiting, status.name == "dead" ? 100U : 0U);
  }
}

TEST_F(AnOutbox, TriesAgainUntilTheReceiverIsBack) {
  std::atomic<int> tries = 0;
  const auto box = outbox({{"pager", [&](const auto&, const auto&) -> DeliveryOutcome {
                              if (++tries < 5) return {Acceptance::kTryAgain, "not now"};
                              return {Acceptance::kYes, ""};
                            }}});
  box->add(messages("pager", 1));
  EXPECT_TRUE(eventually([&] { return ledger_.taken().size() == 1; }));
  EXPECT_EQ(tries, 5);
  std::vector<std::string> messages;
  EXPECT_TRUE(eventually([&] {
    for (auto& line : box->take_messages()) messages.push_back(std::move(line));
    return messages.size() == 2;
  }));
  EXPECT_THAT(messages, ElementsAre(HasSubstr("not now"), HasSubstr("again")));
}

TEST_F(AnOutbox, TakesAReceiverThatThrowsForOneThatDidNotTakeIt) {
  std::atomic<int> tries = 0;
  const auto box = outbox({{"pager", [&](const auto&, const auto&) -> DeliveryOutcome {
                              if (++tries == 1) throw std::runtime_error("out of something");
                              return {Acceptance::kYes, ""};
                            }}});
  box->add(messages("pager", 1));
  EXPECT_TRUE(eventually([&] { return ledger_.taken().size() == 1; }));
}

TEST_F(AnOutbox, SettlesWhatIsForAReceiverThatThereIsNot) {
  const auto box = outbox({{"pager", take}});
  box->add(messages("removed from the configuration", 1));
  const auto settled = box->take_settled();
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_THAT(settled[0].outcome, HasSubstr("no such receiver"));
  EXPECT_THAT(box->take_messages(), ElementsAre(HasSubstr("removed from the configuration")));
}

TEST_F(AnOutbox, ShowsThatAReceiverIsNotSetUpBeforeThereIsAnAlert) {
  class MissingProgram final : public Receiver {
   public:
    const std::string& name() const override { return name_; }
    std::string setup_problem() const override { return "the program is missing"; }
    DeliveryOutcome deliver(std::span<const history::OutboxMessage>, const DeliveryContext&,
                            std::stop_token) override {
      return {Acceptance::kTryAgain, "not called"};
    }

   private:
    std::string name_ = "pager";
  };
  std::vector<std::unique_ptr<Receiver>> receivers;
  receivers.push_back(std::make_unique<MissingProgram>());
  Outbox box(std::move(receivers), clock_);
  EXPECT_TRUE(eventually([&] { return box.status().at(0).failing; }));
  EXPECT_EQ(box.status().at(0).last_failure, "the program is missing");
  EXPECT_THAT(box.take_messages(), ElementsAre(HasSubstr("the program is missing")));
}

TEST_F(AnOutbox, EndsSoonAlsoWhileReceiversHangAndSettlesNothingThatWasNotTaken) {
  auto box = outbox({{"a", hang}, {"b", hang}, {"c", hang}});
  for (const char* name : {"a", "b", "c"}) box->add(messages(name, 5));
  EXPECT_THAT(box->take_settled(), IsEmpty());
  const auto begun = std::chrono::steady_clock::now();
  box.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
}

}  // namespace
}  // namespace rollcall::alert
