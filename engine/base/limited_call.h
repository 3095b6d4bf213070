// Calls something that may not return, such as a read of a file on a server that does not answer.
//
// The call runs on a thread of its own. Where it takes too long, the thread is left behind, and no
// second one is begun before it has returned.
//
// Threading: run() on one thread at a time.
// Ownership: the work owns all that it uses: it may outlive the caller, and the process's main().
// Errors:    what the work throws counts as not returned, and the next run() begins anew.
// Cost:      a thread a call.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace rollcall {

template <typename T>
class LimitedCall {
 public:
  // nullopt: it has not returned within `limit` of its beginning. The next run() takes up the same
  // call, and does not wait for it again.
  std::optional<T> run(std::function<T()> work, std::chrono::milliseconds limit) {
    if (!state_) begin(std::move(work));
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_until(lock, state_->began + limit, [this] { return state_->is_over; });
    if (!state_->is_over) return std::nullopt;
    std::optional<T> result = std::move(state_->result);
    lock.unlock();
    state_.reset();
    return result;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<T> result;
    bool is_over = false;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  };

  void begin(std::function<T()> work) {
    state_ = std::make_shared<State>();
    std::thread([state = state_, work = std::move(work)] {
      std::optional<T> result;
      try {
        result.emplace(work());
      } catch (const std::exception&) {  // memory, above all
      }
      const std::scoped_lock lock(state->mutex);
      state->result = std::move(result);
      state->is_over = true;
      state->changed.notify_all();
    }).detach();
  }

  std::shared_ptr<State> state_;  // of the call under way
};

}  // namespace rollcall
