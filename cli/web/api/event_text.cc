#include "cli/web/api/event_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/web/api/fleet_json.h"

namespace rollcall::web {
namespace {

class Events {
 public:
  explicit Events(std::uint64_t version) : version_(version) {}

  // Requires: `json` has no line end, which would end the data field of the event.
  void add_text(std::string_view name, std::string_view json) {
    fmt::format_to(std::back_inserter(text_), "event: {}\nid: {}\ndata: {}\n\n", name, version_,
                   json);
  }
  void add(std::string_view name, const Json& json) {
    add_text(name, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  std::string take() { return std::move(text_); }

 private:
  std::uint64_t version_;
  std::string text_;
};

bool has_same_rows(const inventory::TargetTable& a, const inventory::TargetTable& b) {
  if (&a == &b) return true;
  return std::ranges::equal(a.rows(), b.rows(),
                            [](const inventory::Target& x, const inventory::Target& y) {
                              return x.address == y.address && x.port == y.port &&
                                     x.group == y.group && x.expect == y.expect;
                            }) &&
         std::ranges::equal(a.groups(), b.groups(), {}, &inventory::Group::name,
                            &inventory::Group::name);
}

bool is_alike(const watch::GroupStatus& a, const watch::GroupStatus& b) {
  const watch::GroupFigures& x = a.figures;
  const watch::GroupFigures& y = b.figures;
  return a.trouble == b.trouble && a.is_settling == b.is_settling && x.expected == y.expected &&
         x.answering == y.answering && x.missing == y.missing && x.suspects == y.suspects &&
         x.never_answered == y.never_answered && x.is_flapping == y.is_flapping;
}

// nullopt: more than kCellChangesMax.
std::optional<std::string> cell_changes(const FleetSnapshot& before, const FleetSnapshot& after) {
  std::string changes;
  std::size_t count = 0;
  const auto from = before.targets();
  const auto to = after.targets();
  for (std::size_t row = 0; row < to.size(); ++row) {
    if (from[row].state == to[row].state) continue;
    if (++count > kCellChangesMax) return std::nullopt;
    fmt::format_to(std::back_inserter(changes), "{}[{},{}]", changes.empty() ? "" : ",", row,
                   static_cast<unsigned>(to[row].state));
  }
  return changes;
}

std::vector<GroupIndex> changed_groups(const FleetSnapshot& before, const FleetSnapshot& after) {
  std::vector<GroupIndex> changed;
  const bool is_same_inventory = before.facts == after.facts;
  for (std::uint32_t i = 0; i < after.groups.size(); ++i) {
    const bool is_same_text =
        is_same_inventory ||
        (before.table().groups()[i].note == after.table().groups()[i].note &&
         before.table().groups()[i].parent == after.table().groups()[i].parent &&
         before.facts->labels[i] == after.facts->labels[i]);
    if (!is_same_text || before.silenced[i] != after.silenced[i] ||
        !is_alike(before.groups[i], after.groups[i])) {
      changed.push_back({i});
    }
  }
  return changed;
}

// False: the changes are too many for the stream.
bool add_fleet(Events& events, const FleetSnapshot& before, const FleetSnapshot& after) {
  if (!has_same_rows(before.table(), after.table())) return false;
  const auto cells = cell_changes(before, after);
  const auto groups = changed_groups(before, after);
  if (!cells || groups.size() > kGroupChangesMax) return false;
  if (!cells->empty()) {
    events.add_text("cells",
                    fmt::format(R"({{"version":{},"changes":[{}]}})", after.version, *cells));
  }
  if (groups.empty()) return true;
  Json list = Json::array();
  for (const GroupIndex group : groups) list.push_back(group_json(after, group));
  events.add("groups", {{"version", after.version}, {"groups", std::move(list)}});
  return true;
}

bool reads_alike(const watch::Incident& a, const watch::Incident& b) {
  return a.now == b.now && a.worst == b.worst && a.flapping == b.flapping &&
         a.expected == b.expected && a.answering == b.answering && a.missing == b.missing &&
         a.closed == b.closed && a.groups == b.groups && a.note == b.note &&
         a.verified_by == b.verified_by;
}

void add_incident(Events& events, const watch::Incident& incident, watch::IncidentChange change) {
  Json json = incident_json(incident);
  json["change"] = to_string(change);
  events.add("incident", json);
}

void add_incidents(Events& events, const FleetSnapshot& before, const FleetSnapshot& after) {
  const auto find = [](const FleetSnapshot& view, const watch::IncidentId& id) {
    const auto found = std::ranges::find(view.incidents, id, &watch::Incident::id);
    return found == view.incidents.end() ? nullptr : &*found;
  };
  for (const watch::Incident& incident : after.incidents) {
    const watch::Incident* former = find(before, incident.id);
    if (former == nullptr) {
      add_incident(events, incident, watch::IncidentChange::kOpened);
    } else if (!reads_alike(*former, incident)) {
      add_incident(events, incident, watch::IncidentChange::kChanged);
    }
  }
  for (watch::Incident incident : before.incidents) {
    if (find(after, incident.id) != nullptr) continue;
    incident.ended_at = after.at;
    add_incident(events, incident, watch::IncidentChange::kEnded);
  }
}

bool is_same_silence(const watch::Silence& a, const watch::Silence& b) {
  return a.id == b.id && a.ends_at == b.ends_at;
}

void add_notes(Events& events, const FleetSnapshot& before, const FleetSnapshot& after) {
  const auto tell_missing = [&](const FleetSnapshot& of, const FleetSnapshot& in) {
    for (const watch::Note& note : of.notes) {
      const auto same = [&](const watch::Note& other) {
        return other.group == note.group && other.text == note.text;
      };
      if (std::ranges::none_of(in.notes, same)) events.add("notes", {{"group", note.group}});
    }
  };
  tell_missing(after, before);
  tell_missing(before, after);
}

}  // namespace

std::string hello_text(const FleetSnapshot& view, TimePoint now) {
  Events events(view.version);
  events.add("hello", {{"version", view.version},
                       {"targets", view.targets().size()},
                       {"groups", view.groups.size()}});
  events.add("view", pulse_json(view, now));
  return "retry: 2000\n\n" + events.take();
}

std::string change_text(const FleetSnapshot& before, const FleetSnapshot& after, TimePoint now) {
  Events events(after.version);
  if (before.content_version != after.content_version) {
    if (!add_fleet(events, before, after)) events.add("reset", {{"version", after.version}});
    add_incidents(events, before, after);
    if (!std::ranges::equal(before.silences, after.silences, is_same_silence)) {
      events.add("silences", Json::object());
    }
    add_notes(events, before, after);
  }
  events.add("view", pulse_json(after, now));
  return events.take();
}

}  // namespace rollcall::web
