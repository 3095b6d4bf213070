// What a watch hands to its store in one piece: all of it becomes durable, or none.
//
// Threading: plain values.
// Ownership: own everything.
// Units:     wall time.
// Errors:    none.
// Cost:      as the vectors inside. There is no row for a single probe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/watch/events.h"

namespace rollcall::history {

// Something to tell one receiver. It is pending until a Delivery settles it.
struct OutboxMessage {
  std::string key;       // unique for ever; a second message of the same key is no message
  std::string receiver;  // by name
  std::string subject;   // messages of one subject reach their receiver in order
  WallTime created_at{};
  std::string payload;    // for the receiver, opaque here; at most kPayloadBytesMax
  bool stored = true;     // false: a repeat or a heartbeat; soon made anew, so never committed
  bool try_once = false;  // a test: sent at once, and what the receiver says ends it
};
inline constexpr std::size_t kPayloadBytesMax = std::size_t{1} << 20;

// The end of a message: taken, refused or given up.
struct Delivery {
  std::string key;
  WallTime at{};
  std::uint32_t attempts = 0;
  std::string outcome;  // "delivered", or why it was given up
};

// The fleet as it was last read without an error, byte for byte.
struct StoredInventory {
  WallTime at{};
  std::string text;  // at most kInventoryBytesMax
};
inline constexpr std::size_t kInventoryBytesMax = std::size_t{256} << 20;

// Names a batch, so that one whose commit failed half-way (an error, yet durable) is not applied
// a second time. Given by BufferedStore; writer 0 is no stamp.
struct BatchStamp {
  std::uint64_t writer = 0;
  std::uint64_t sequence = 0;  // rises with each batch of a writer
};

struct Batch {
  BatchStamp stamp;
  std::vector<watch::Transition> transitions;
  std::vector<watch::IncidentEvent> incident_events;
  std::vector<OutboxMessage> messages;
  std::vector<Delivery> deliveries;
  std::vector<watch::TargetRecord> target_states;
  std::vector<watch::GroupRecord> group_states;  // one with nothing to remember removes the record
  // These two and incident_events are all that the watch holds at `at` (an event for each open
  // incident): other targets' and groups' states are forgotten, other open incidents ended.
  bool complete = false;
  std::optional<std::vector<watch::SuspicionRecord>> suspicions;  // all of them; none: as before
  WallTime at{};                                                  // used where complete
  std::vector<watch::SweepSummary> sweeps;
  std::vector<watch::GroupRollup> rollups;  // several of one group and hour are added up
  std::vector<watch::Note> notes;
  std::vector<watch::Silence> silences;  // by id: a known one is replaced, as to end it early
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
