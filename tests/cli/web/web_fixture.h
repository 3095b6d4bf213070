// Test fixture: runs a service with its API on a loopback port, and gives clients of it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "cli/web/api/api.h"
#include "engine/base/fd.h"
#include "tests/cli/service/service_fixture.h"

namespace rollcall::web {

using nlohmann::json;

// A port that was free a moment ago.
inline std::uint16_t free_port() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(socket.get(), any, length), 0);
  EXPECT_EQ(::getsockname(socket.get(), any, &length), 0);
  return ntohs(address.sin_port);
}

// Sends and receives raw bytes, so that a test can break the HTTP protocol.
class RawClient {
 public:
  // `receive_bytes`: SO_RCVBUF, the bytes that the kernel holds unread; 0: the kernel's default.
  explicit RawClient(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_bytes > 0) {  // before connect: TCP does not shrink an offered window
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    is_open_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool is_open() const { return is_open_; }
  int fd() const { return socket_.get(); }

  // Sends until the server stops accepting.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  // Returns the bytes received until the server closes, `wanted` appears, or the time is over.
  std::string receive(std::string_view wanted = "", int patience_ms = 20'000) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    std::string received;
    while (wanted.empty() || received.find(wanted) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) != 1) break;
      std::array<char, 65536> piece;
      const ssize_t bytes = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (bytes <= 0) {
        is_open_ = false;
        break;
      }
      received.append(piece.data(), static_cast<std::size_t>(bytes));
    }
    return received;
  }

 private:
  Fd socket_;
  bool is_open_ = false;
};

class WebFixture : public cli::ServiceFixture {
 protected:
  static constexpr const char* kToken = "a secret";

  void SetUp() override {
    std::ofstream(folder_.file("token")) << kToken << '\n';
    port_ = free_port();
    config_.http = {.listen = fmt::format("127.0.0.1:{}", port_),
                    .external_url = config_.http.external_url,
                    .token_file = folder_.file("token"),
                    .web_config = config_.http.web_config};
    service_ = start(system_clock_);
    auto api = Api::make(config_.http, config_.history, *service_, system_clock_, log_, limits_);
    ASSERT_TRUE(api) << api.error().to_string();
    api_ = *std::move(api);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        service_->calls().wait(std::chrono::milliseconds(10));
        service_->calls().serve();
        service_->round();
      }
      service_->calls().close();
    });
    client_ = std::make_unique<httplib::Client>("127.0.0.1", port_);
  }
  void TearDown() override {
    thread_ = {};
    api_.reset();
  }

  static httplib::Headers writing(const std::string& token = kToken) {
    return {{"Authorization", "Bearer " + token}, {"X-Rollcall-Request", "1"}};
  }
  json get(const std::string& path) {
    const auto result = client_->Get(path);
    return result ? json::parse(result->body, nullptr, false) : json();
  }
  httplib::Result post(const std::string& path, const std::string& body,
                       const std::string& token = kToken) {
    return client_->Post(path, writing(token), body, "application/json");
  }
  static int status_of(const httplib::Result& result) { return result ? result->status : 0; }

  template <typename Condition>
  bool eventually(const Condition& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  void wait_until_ready() {
    ASSERT_TRUE(eventually([&] { return get("/-/ready").value("ready", false); }));
  }

  ServerLimits limits_;
  std::uint16_t port_ = 0;
  std::unique_ptr<cli::Service> service_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<httplib::Client> client_;
  std::jthread thread_;
};

}  // namespace rollcall::web
