#include "cli/render/terminal_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/process/say.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kColumnsUsual = 80;

}  // namespace

std::size_t line_columns() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (is_known ? size.ws_col : kColumnsUsual) - 1;
}

void rewrite_line(std::string_view text) {
  say("\r{:.{}}\x1b[K", text, line_columns());
}

}  // namespace rollcall::cli
