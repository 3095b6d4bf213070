// PasswordChecks queues passwords for their bcrypt. It checks each password once, however often it
// was sent, and limits each peer so that others find room.
//
// Threading: one thread, which also receives the answers; the checks run on another.
// Ownership: owns what waits; what still waits at its end is never answered.
// Errors:    ask() is false when too many checks wait: the caller reports it to its client.
// Cost:      a bcrypt takes a tenth of a second.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/web/http/authenticator.h"
#include "cli/web/http/worker_pool.h"
#include "engine/base/address.h"

namespace rollcall::web {

class PasswordChecks {
 public:
  static constexpr std::size_t kWaitingMax = 32;
  static constexpr std::size_t kOfOnePeerMax = 8;

  using Check = std::function<AuthState(std::string_view authorization)>;  // may block
  using Post = std::function<void(std::function<void()> work)>;  // onto the thread of ask()
  using Then = std::function<void(AuthState)>;

  PasswordChecks(ThreadRegistry& watched, Check check, Post post);

  bool ask(std::string_view authorization, const Address& peer, Then then);

 private:
  struct Waiting {
    Address network;  // the peer's; in IPv6 its /64, because a host has 2^64 addresses
    std::vector<Then> thens;
  };

  void check(const std::string& authorization);
  void decided(const std::string& authorization, AuthState auth_state);

  Check check_;
  Post post_;
  std::map<std::string, Waiting, std::less<>> waiting_;
  WorkerPool workers_;  // last: its thread must end before what it uses
};

}  // namespace rollcall::web
