// A program that a test starts, reads line by line, and that ends with the test.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/fd.h"

namespace rollcall::alert::testing {

class Process {
 public:
  explicit Process(std::vector<std::string> argv) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    output_ = Fd(ends[0]);
    const Fd writing(ends[1]);
    child_ = ::fork();
    if (child_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(writing.get(), STDOUT_FILENO);
    std::vector<char*> words;
    for (std::string& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  // Sends SIGTERM, and waits until the process has ended.
  void terminate() {
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  // The next line of its output; "" if none arrives in time or the process has ended.
  std::string line(std::chrono::milliseconds patience = std::chrono::seconds(15)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (buffer_.find('\n') == std::string::npos) {
      // Rounded up: a patience of a millisecond is not none.
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd watched{.fd = output_.get(), .events = POLLIN};
      char bytes[65536];
      if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) <= 0) return "";
      const auto count = ::read(output_.get(), bytes, sizeof bytes);
      if (count <= 0) return "";
      buffer_.append(bytes, static_cast<std::size_t>(count));
    }
    const auto end = buffer_.find('\n');
    const std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return text;
  }

 private:
  Fd output_;
  pid_t child_ = -1;
  std::string buffer_;
};

// A sink of sinks.py, ready to receive.
class Sink {
 public:
  explicit Sink(const std::string& kind, int port, const std::vector<std::string>& more = {})
      : process_(words(kind, port, more)) {
    // The Python interpreter starts slowly when all processors are busy.
    EXPECT_EQ(process_.line(std::chrono::minutes(1)), R"({"ready": true})")
        << "the sink did not start";
  }

  // The next message; nullopt if none arrives in time.
  std::optional<nlohmann::json> next(
      std::chrono::milliseconds patience = std::chrono::seconds(15)) {
    const std::string line = process_.line(patience);
    if (line.empty()) return std::nullopt;
    return nlohmann::json::parse(line);
  }

 private:
  static std::vector<std::string> words(const std::string& kind, int port,
                                        const std::vector<std::string>& more) {
    std::vector<std::string> argv{"/usr/bin/python3", "-B", ROLLCALL_SINKS, kind,
                                  std::to_string(port)};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }

  Process process_;
};

}  // namespace rollcall::alert::testing
