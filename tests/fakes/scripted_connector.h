// A TcpConnector whose outcomes a test decides. The next poll() returns the results.
#pragma once

#include <functional>
#include <vector>

#include "scheduler/recheck/tcp_connector.h"

namespace rollcall::fakes {

class ScriptedConnector final : public recheck::TcpConnector {
 public:
  using Decide = std::function<recheck::ConnectOutcome(const recheck::ConnectRequest&)>;

  explicit ScriptedConnector(Decide decide) : decide_(std::move(decide)) {}

  std::vector<recheck::ConnectRequest> started;
  std::uint32_t limit = 4096;

  std::uint32_t in_flight_max() const noexcept override { return limit; }
  std::uint32_t in_flight() const noexcept override {
    return static_cast<std::uint32_t>(pending_.size());
  }
  void start(const recheck::ConnectRequest& request) noexcept override {
    started.push_back(request);
    pending_.push_back({request.target, decide_(request), 0});
  }
  std::span<const recheck::ConnectResult> poll(TimePoint) noexcept override {
    ended_.swap(pending_);
    pending_.clear();
    return ended_;
  }

 private:
  Decide decide_;
  std::vector<recheck::ConnectResult> pending_;
  std::vector<recheck::ConnectResult> ended_;
};

}  // namespace rollcall::fakes
