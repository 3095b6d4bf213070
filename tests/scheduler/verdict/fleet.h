// Builds small fleets for tests: rows and states, in the order that TargetTable requires.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/inventory/target_table.h"
#include "scheduler/verdict/target_verdict.h"
#include "tests/fakes/small_table.h"

namespace rollcall::verdict {

// A target that was asked until it settled, by way of fold(), with the default policy.
enum class Fate : std::uint8_t {
  kOpens,
  kRefuses,
  kSilent,
  kUnreachable,
  kNotSent,      // every SYN and every connect met local errors
  kInterrupted,  // asked once, then the sweep ended
};

inline TargetProgress settle_as(Fate fate, inventory::Expect expect, const Policy& policy = {}) {
  TargetProgress state;
  const auto feed = [&](Event event, Attempt attempt) {
    return fold(state, event, attempt, expect, policy);
  };
  const auto feed_until_settled = [&](Event packet, Event connect) {
    while (state.phase == Phase::kUnasked || state.phase == Phase::kAsking) {
      const Attempt attempt = begin_attempt(state);
      feed(packet, attempt);
      if (packet == Event::kIcmpUnreachable) feed(Event::kTimeout, attempt);
    }
    while (state.phase == Phase::kRechecking) feed(connect, 0);
  };
  switch (fate) {
    case Fate::kOpens:
      state.rtt_us = 400;
      feed_until_settled(Event::kSynAck, Event::kConnected);
      break;
    case Fate::kRefuses:
      state.rtt_us = 350;
      feed_until_settled(Event::kRst, Event::kConnectRefused);
      break;
    case Fate::kSilent:
      feed_until_settled(Event::kTimeout, Event::kConnectTimeout);
      break;
    case Fate::kUnreachable:
      feed_until_settled(Event::kIcmpUnreachable, Event::kConnectUnreachable);
      break;
    case Fate::kNotSent:
      feed_until_settled(Event::kNotSent, Event::kConnectLocalError);
      break;
    case Fate::kInterrupted:
      feed(Event::kTimeout, begin_attempt(state));
      break;
  }
  return state;
}

class Fleet {
 public:
  explicit Fleet(Policy policy = {}) : policy_(policy) {}

  // Rows that follow belong to this group.
  Fleet& group(std::string name, std::string parent = "", std::string note = "") {
    const auto first = static_cast<std::uint32_t>(rows_.size());
    groups_.push_back({.name = std::move(name),
                       .first = first,
                       .parent = std::move(parent),
                       .note = std::move(note)});
    return *this;
  }
  // `count` consecutive addresses, each with one port. Addresses must ascend within a group.
  Fleet& add(std::string_view first, std::uint32_t count, Fate fate, std::uint16_t port = 80,
             inventory::Expect expect = inventory::Expect::kOpen) {
    for (std::uint32_t i = 0; i < count; ++i) {
      add_row(Address::parse(first).value().plus(i), fate, port, expect);
    }
    return *this;
  }
  // One address with several ports.
  Fleet& add_ports(std::string_view address,
                   std::initializer_list<std::pair<std::uint16_t, Fate>> ports) {
    for (const auto& [port, fate] : ports) add(address, 1, fate, port);
    return *this;
  }

  inventory::TargetTable table() const { return {rows_, groups_, {{}}, 42}; }
  // By place, in the table.
  std::vector<TargetProgress> states() const { return fakes::by_place(table(), states_); }

 private:
  void add_row(const Address& address, Fate fate, std::uint16_t port, inventory::Expect expect) {
    inventory::Group& group = groups_.back();
    if (group.targets == 0 || rows_.back().address != address) ++group.addresses;
    ++group.targets;
    const auto index = static_cast<std::uint32_t>(groups_.size() - 1);
    rows_.push_back(
        inventory::Target{.address = address, .group = {index}, .port = {port}, .expect = expect});
    states_.push_back(settle_as(fate, expect, policy_));
  }

  Policy policy_;
  std::vector<inventory::Target> rows_;
  std::vector<inventory::Group> groups_;
  std::vector<TargetProgress> states_;
};

}  // namespace rollcall::verdict
