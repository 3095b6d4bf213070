// Decides which addresses may be probed: no reserved ones, and only those that the operator allows.
//
// Threading: immutable values and pure functions.
// Errors:    refusal() names the reason in words for an error message.
// Cost:      a handful of compares; a Scope: two compares a range.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/address.h"

namespace rollcall::inventory {

// The reason why no probe may go to some address of `range`: "loopback", "multicast", "broadcast",
// "reserved", ... (IANA special-purpose registries, RFC 6890). nullopt: all of it may be probed.
// Private and documentation ranges are allowed: operators host in the former, laboratories use the
// latter.
std::optional<std::string_view> refusal(const AddressRange& range);

// The ranges that the operator allows (`scope.allow`, --allow). Without any, all are allowed.
class Scope {
 public:
  Scope() = default;
  explicit Scope(std::vector<AddressRange> allowed);

  bool allows(const AddressRange& range) const;
  bool allows(const Address& address) const { return allows({address, address}); }

 private:
  std::vector<AddressRange> allowed_;  // sorted; neighbours and overlaps of one family are merged
};

}  // namespace rollcall::inventory
