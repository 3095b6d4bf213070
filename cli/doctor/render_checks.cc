#include "cli/doctor/render_checks.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>
#include <string_view>

namespace rollcall::doctor {
namespace {

std::string_view word(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kWarn:
      return "warn";
    case Status::kFail:
      return "fail";
  }
  return "";
}

}  // namespace

void render_text(std::ostream& out, std::span<const Check> checks) {
  for (const Check& check : checks) {
    out << fmt::format("{:<4}  {:<10}  {}\n", word(check.status), check.name, check.text);
    if (!check.fix.empty()) out << fmt::format("{:18}mend: {}\n", "", check.fix);
  }
}

void render_json(std::ostream& out, std::span<const Check> checks) {
  nlohmann::ordered_json document{{"schema", "rollcall.doctor/1"},
                                  {"can_scan", !any_failed(checks)}};
  auto& list = document["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    nlohmann::ordered_json entry{
        {"check", check.name}, {"status", word(check.status)}, {"text", check.text}};
    if (!check.fix.empty()) entry["mend"] = check.fix;
    list.push_back(std::move(entry));
  }
  // An interface name may contain bytes that are no valid UTF-8.
  out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace rollcall::doctor
