#include "cli/web/http/password_checks.h"

#include <algorithm>
#include <utility>

namespace rollcall::web {
namespace {

Address network_of(const Address& peer) {
  return range_of_prefix(peer, peer.is_v4() ? 32 : 64).first;
}

}  // namespace

PasswordChecks::PasswordChecks(ThreadRegistry& watched, Check check, Post post)
    : check_(std::move(check)),
      post_(std::move(post)),
      workers_(watched, "rc-passwords", "", 1, kWaitingMax) {}

bool PasswordChecks::ask(std::string_view authorization, const Address& peer, Then then) {
  if (const auto known = waiting_.find(authorization); known != waiting_.end()) {
    known->second.thens.push_back(std::move(then));
    return true;
  }
  const Address network = network_of(peer);
  const auto of_peer = std::ranges::count_if(
      waiting_, [&](const auto& waiting) { return waiting.second.network == network; });
  if (of_peer >= static_cast<std::ptrdiff_t>(kOfOnePeerMax)) return false;
  const std::string text(authorization);
  if (!workers_.offer([this, text](std::size_t) { check(text); })) return false;
  waiting_[text] = {.network = network, .thens = {std::move(then)}};
  return true;
}

// Runs on the thread of the pool.
void PasswordChecks::check(const std::string& authorization) {
  AuthState auth_state = AuthState::kAnonymous;
  try {
    auth_state = check_(authorization);
  } catch (const std::exception&) {  // out of memory: the password stays unproven
  }
  post_([this, authorization, auth_state] { decided(authorization, auth_state); });
}

void PasswordChecks::decided(const std::string& authorization, AuthState auth_state) {
  const auto node = waiting_.extract(authorization);
  for (const Then& then : node.mapped().thens) then(auth_state);
}

}  // namespace rollcall::web
