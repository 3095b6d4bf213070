// The data that a watch commits to its history in one piece: all of it becomes durable, or none.
//
// Ownership: own everything.
// Units:     wall time.
// Cost:      as the vectors inside. There is no row for a single probe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/watch/events.h"

namespace rollcall::history {

// A message for one receiver. It is pending until a Delivery settles it.
struct OutboxMessage {
  std::string key;       // never reused; a second message with the same key is ignored
  std::string receiver;  // name of the receiver
  std::string subject;   // a receiver gets the messages of one subject in order
  WallTime created_at{};
  std::string payload;  // opaque here; at most kPayloadBytesMax
  bool stored = true;  // false: a repeat or heartbeat, which the next one replaces; never committed
  bool try_once = false;  // a test: sent at once, with a single attempt
};
inline constexpr std::size_t kPayloadBytesMax = std::size_t{1} << 20;

// The end of a message: delivered, refused or given up.
struct Delivery {
  std::string key;
  WallTime at{};
  std::uint32_t attempts = 0;
  std::string outcome;  // "delivered", or why it was not
};

// The inventory as it was last read without an error, byte for byte.
struct StoredInventory {
  WallTime at{};
  std::string text;  // at most kInventoryBytesMax
};
inline constexpr std::size_t kInventoryBytesMax = std::size_t{256} << 20;

// Identifies a batch. A commit may fail and yet be durable; the stamp prevents that its retry is
// applied a second time. BufferedStore sets it; writer 0 means no stamp.
struct BatchStamp {
  std::uint64_t writer = 0;
  std::uint64_t sequence = 0;  // increases with each batch of a writer
};

struct Batch {
  BatchStamp stamp;
  std::vector<watch::Transition> transitions;
  std::vector<watch::IncidentEvent> incident_events;
  std::vector<OutboxMessage> messages;
  std::vector<Delivery> deliveries;
  std::vector<watch::TargetRecord> target_states;
  // A kNormal one that has not rebooted deletes its record.
  std::vector<watch::GroupRecord> group_states;
  // If true, target_states, group_states and incident_events are the whole state of the watch at
  // `at`, with an event for each open incident. The store deletes the states of other targets and
  // groups, and ends other open incidents.
  bool complete = false;
  std::optional<std::vector<watch::SuspicionRecord>> suspicions;  // all of them; nullopt: unchanged
  WallTime at{};                                                  // only used if complete
  std::vector<watch::SweepSummary> sweeps;
  std::vector<watch::GroupRollup> rollups;  // rows of the same group and hour are merged
  std::vector<watch::Note> notes;
  // Replaces a silence of the same id, for example to end it early.
  std::vector<watch::Silence> silences;
  std::vector<watch::VerificationRecord> verifications;
  std::optional<StoredInventory> inventory;

  bool empty() const { return rows() == 0 && !complete; }
  std::size_t rows() const {
    return transitions.size() + incident_events.size() + messages.size() + deliveries.size() +
           target_states.size() + group_states.size() + sweeps.size() + rollups.size() +
           notes.size() + silences.size() + verifications.size() +
           (suspicions ? suspicions->size() + 1 : 0) + (inventory ? 1 : 0);
  }
};

}  // namespace rollcall::history
