#include "cli/render/terminal_line.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

#include "cli/render/progress_line.h"
#include "engine/base/fd.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;

// Standard error is a terminal of so many columns while it lives.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : usual_(::dup(STDERR_FILENO)) {
    int screen = -1;
    int program = -1;
    EXPECT_EQ(::openpty(&screen, &program, nullptr, nullptr, nullptr), 0);
    screen_ = Fd(screen);
    const Fd ours(program);
    ::dup2(program, STDERR_FILENO);
    resize(columns);
  }
  ~Terminal() { ::dup2(usual_.get(), STDERR_FILENO); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  static void resize(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::ioctl(STDERR_FILENO, TIOCSWINSZ, &size), 0);
  }

  // So many lines, each with the \x1b[K at its end.
  std::string read(std::size_t lines) const {
    std::string text;
    char byte = 0;
    while (lines > 0 && ::read(screen_.get(), &byte, 1) == 1) {
      text += byte;
      if (byte == 'K') --lines;
    }
    return text;
  }

 private:
  Fd usual_;
  Fd screen_;
};

TEST(TerminalLine, IsCutToTheWindowAsItIsNow) {
  const Terminal terminal(20);
  const std::string text = "0123456789012345678901234567890123456789";
  rewrite_line(text);
  EXPECT_EQ(terminal.read(1), "\r" + text.substr(0, 19) + "\x1b[K");
  Terminal::resize(30);
  rewrite_line(text);
  EXPECT_EQ(terminal.read(1), "\r" + text.substr(0, 29) + "\x1b[K");
  Terminal::resize(0);  // a serial line: not known
  rewrite_line(text);
  EXPECT_EQ(terminal.read(1), "\r" + text + "\x1b[K");
}

TEST(TerminalLine, HoldsTheProgressOfASweepAndIsEmptyAfterIt) {
  const Terminal terminal(40);
  std::string shown;
  {
    ProgressLine line(true, {.planned = {1000}});
    const sweep::Progress progress{.probes_sent = 9999999, .targets = 9999999, .asked = 1};
    line.show(progress, TimePoint{} + 1s);
    line.show(progress, TimePoint{} + 2s);
    shown = terminal.read(2);
  }
  for (std::size_t at = 0; (at = shown.find('\r', at)) != std::string::npos; ++at) {
    const std::size_t end = shown.find('\x1b', at);
    EXPECT_LT(end - at - 1, 40u) << shown;
  }
  EXPECT_EQ(terminal.read(1), "\r\x1b[K");
}

}  // namespace
}  // namespace rollcall::cli
