#include "cli/commands.h"

#include <utility>

#include "cli/process/exit_codes.h"
#include "cli/process/say.h"

namespace rollcall::cli {

void Commands::add(CLI::App& command, Run run) {
  command.callback([this, run = std::move(run)] { chosen_ = run; });
}

int Commands::run() const {
  const auto code = chosen_();
  if (!code) say("rollcall: {}\n", code.error().to_string());
  return code.value_or(kExitUnknown);
}

}  // namespace rollcall::cli
