// Passwords that wait for their bcrypt: each once, however often it was sent, and no peer with so
// many that others find no place.
//
// Threading: one thread, on which answers come too; the checks run on another.
// Ownership: owns what waits; what still waits at its end is never answered.
// Units:     none.
// Errors:    ask() is false when too much waits: the caller says so to its client.
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
  using Post = std::function<void(std::function<void()> work)>;  // onto the thread that asks
  using Then = std::function<void(AuthState)>;

  PasswordChecks(ThreadRegistry& watched, Check check, Post post);

  bool ask(std::string_view authorization, const Address& peer, Then then);

 private:
  struct Waiting {
    Address network;  // of the peer: in IPv6 everybody has 2^64 addresses
    std::vector<Then> thens;
  };

  void check(const std::string& authorization);
  void decided(const std::string& authorization, AuthState auth_state);

  Check check_;
  Post post_;
  std::map<std::string, Waiting, std::less<>> waiting_;
  WorkerPool workers_;  // last: it ends before what it uses goes
};

}  // namespace rollcall::web
