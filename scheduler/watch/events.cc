#include "scheduler/watch/events.h"

#include <algorithm>
#include <array>

namespace rollcall::watch {
namespace {

constexpr std::array<std::string_view, kTargetStates> kStates{
    "new", "up", "closed", "suspect", "missing", "never-answered"};
constexpr std::array<std::string_view, kTroubles> kTroubleNames{
    "failing", "cannot_judge",         "unstable", "service_down",
    "partial", "partial_after_reboot", "down"};
constexpr std::array<std::string_view, kIncidentScopes> kScopes{
    "group", "parent", "fleet", "vantage", "next_hop", "dependency"};
constexpr std::array<std::string_view, 3> kChanges{"opened", "changed", "ended"};

constexpr std::array<std::string_view, 3> kPhases{"normal", "down", "settling"};

template <typename Enum, std::size_t kCount>
std::optional<Enum> from_name(const std::array<std::string_view, kCount>& names,
                              std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(TargetState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<TargetState> target_state_from(std::string_view name) {
  return from_name<TargetState>(kStates, name);
}

std::string_view to_string(GroupPhase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}

std::optional<GroupPhase> group_phase_from(std::string_view name) {
  return from_name<GroupPhase>(kPhases, name);
}

std::string_view to_string(Trouble trouble) {
  return kTroubleNames[static_cast<std::size_t>(trouble)];
}

std::optional<Trouble> trouble_from(std::string_view name) {
  return from_name<Trouble>(kTroubleNames, name);
}

std::string_view to_string(IncidentScope scope) {
  return kScopes[static_cast<std::size_t>(scope)];
}

std::optional<IncidentScope> incident_scope_from(std::string_view name) {
  return from_name<IncidentScope>(kScopes, name);
}

std::string_view to_string(IncidentChange change) {
  return kChanges[static_cast<std::size_t>(change)];
}

std::optional<IncidentChange> incident_change_from(std::string_view name) {
  return from_name<IncidentChange>(kChanges, name);
}

}  // namespace rollcall::watch
