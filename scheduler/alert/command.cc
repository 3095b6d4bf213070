#include "scheduler/alert/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "engine/inventory/text/diagnostic.h"
#include "scheduler/alert/transport/run_command.h"

namespace rollcall::alert {
namespace {

class Command final : public Receiver {
 public:
  explicit Command(CommandSettings settings) : settings_(std::move(settings)) {}

  const std::string& name() const override { return settings_.name; }
  std::string setup_problem() const override {
    if (::access(settings_.argv[0].c_str(), X_OK) == 0) return "";
    return fmt::format("cannot run {}: {}", settings_.argv[0], errno_text(errno));
  }
  DeliveryOutcome deliver(std::span<const history::OutboxMessage> batch, const DeliveryContext&,
                          std::stop_token stop) override {
    const history::OutboxMessage& message = batch.front();
    const auto result = run_command(settings_.argv, message.payload + "\n", settings_.limit, stop);
    if (result.succeeded) return {Acceptance::kYes, ""};
    std::string reason = result.trouble;
    if (!result.output.empty()) {
      reason += ": " + inventory::escaped(result.output, kOutputBytesMax);
    }
    return {Acceptance::kTryAgain, std::move(reason)};
  }

 private:
  CommandSettings settings_;
};

}  // namespace

Result<std::unique_ptr<Receiver>> make_command(CommandSettings settings) {
  if (settings.argv.empty() || !settings.argv[0].starts_with('/')) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("{}: a command begins with the whole path of a program", settings.name));
  }
  return std::make_unique<Command>(std::move(settings));
}

}  // namespace rollcall::alert
