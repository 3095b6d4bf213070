// Runs a call with a time limit, such as a read of a file on a server that does not answer.
//
// The call runs on a thread of its own. If it takes too long, run() returns and leaves the thread
// behind. It starts no second thread before the first one has returned.
//
// Threading: run() on one thread at a time.
// Ownership: the work owns all data that it uses: it may outlive the caller and main().
// Errors:    an exception in the work counts as "did not return", and the next run() starts anew.
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
  // nullopt: the call has not returned within `limit` of its start. The next run() takes up the
  // same call, and returns at once if it has not ended.
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
      } catch (const std::exception&) {  // mostly out of memory
      }
      const std::scoped_lock lock(state->mutex);
      state->result = std::move(result);
      state->is_over = true;
      state->changed.notify_all();
    }).detach();
  }

  std::shared_ptr<State> state_;  // of the running call
};

}  // namespace rollcall
