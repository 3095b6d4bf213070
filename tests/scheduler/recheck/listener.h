// A TCP server on every address of the namespace: accepts connections, and keeps or closes them.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/units.h"

namespace rollcall::recheck {

class Listener {
 public:
  explicit Listener(Port port)
      : listener_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in6 any{};  // of both families
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port.value);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(::listen(listener_.get(), 4096), 0);
    thread_ = std::thread([this] { serve(); });
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
  }

  // The addresses that connected so far; IPv4 is mapped.
  std::vector<in6_addr> peers() {
    const std::lock_guard lock(mutex_);
    return peers_;
  }

 private:
  void serve() {
    std::array<pollfd, 2> wait{pollfd{listener_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    while (::poll(wait.data(), wait.size(), -1) >= 0 && wait[1].revents == 0) accept_all();
  }

  void accept_all() {
    for (;;) {
      sockaddr_in6 peer{};
      socklen_t length = sizeof peer;
      const Fd taken(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &length,
                               SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!taken) return;
      await_reset(taken);
      const std::lock_guard lock(mutex_);
      peers_.push_back(peer.sin6_addr);
    }
  }

  // Closing first would leave a TIME_WAIT of the server's making.
  static void await_reset(const Fd& taken) {
    pollfd wait{taken.get(), POLLIN, 0};
    ::poll(&wait, 1, 1000);
  }

  Fd listener_;
  Fd stop_;
  std::mutex mutex_;
  std::vector<in6_addr> peers_;
  std::thread thread_;
};

}  // namespace rollcall::recheck
