#include "cli/render/sweep_json.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/render/sweep_parts.h"
#include "scheduler/verdict/parent_verdict.h"

namespace rollcall::cli {
namespace {

using inventory::TargetTable;
using nlohmann::ordered_json;
using sweep::SweepResult;
using verdict::GroupReport;

// Writes one object, field by field.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::ostream& out) : out_(out) { out_ << '{'; }

  void field(std::string_view name, const ordered_json& value) {
    begin_field(name);
    out_ << json_text(value);
  }
  // Calls `fill` with a function that adds the text of one element.
  void array(std::string_view name, auto&& fill) {
    begin_field(name);
    out_ << '[';
    const char* separator = "\n";
    fill([&](std::string_view element) {
      out_ << separator << element;
      separator = ",\n";
    });
    out_ << ']';
  }
  void end() { out_ << "}\n"; }

 private:
  void begin_field(std::string_view name) {
    out_ << separator_ << '"' << name << "\":";
    separator_ = ",\n";
  }

  std::ostream& out_;
  const char* separator_ = "";
};

ordered_json counts_json(const SweepResult& result) {
  ordered_json counts = ordered_json::object();
  for (std::size_t i = 0; i < result.counts.size(); ++i) {
    counts[std::string(to_string(static_cast<verdict::TargetVerdict>(i)))] = result.counts[i];
  }
  return counts;
}

ordered_json ranges_json(const std::vector<AddressRange>& ranges) {
  ordered_json texts = ordered_json::array();
  for (const AddressRange& range : ranges) texts.push_back(range.to_string());
  return texts;
}

// In the format that the command line accepts: "10.0.0.1-10.0.0.9:80", "[2001:db8::1]:443".
ordered_json closed_json(const TargetTable& table, const SweepResult& result,
                         const GroupReport& report) {
  ordered_json texts = ordered_json::array();
  for (const ServiceReport& service : services_of(table, result.states, report)) {
    if (service.state != verdict::TargetVerdict::kClosed) continue;
    const std::string port = ":" + std::to_string(service.port.value);
    for (const AddressRange& range : service.addresses) {
      const std::string text = range.to_string();
      texts.push_back(range.first.is_v4() ? text + port : "[" + text + "]" + port);
    }
  }
  return texts;
}

ordered_json parent_json(const verdict::ParentDown& parent) {
  return {
      {"parent", parent.parent}, {"groups", parent.groups.size()}, {"expected", parent.addresses}};
}

// Writes text directly: there may be millions of targets, and JSON documents for them would take
// seconds. Only the group's name needs escapes.
std::string target_text(const TargetTable& table, const SweepResult& result, TargetIndex index,
                        bool timed) {
  const inventory::Target& target = table[index];
  const verdict::TargetProgress& state = state_of(table, result.states, index);
  std::string text = R"({"address":")";
  text.append(target.address.to_string());
  text.append(R"(","port":)").append(std::to_string(target.port.value));
  text.append(R"(,"group":)").append(json_text(table.group(target.group).name));
  text.append(R"(,"state":")").append(to_string(verdict_of(state)));
  text.append(R"(","evidence":[)");
  const char* separator = "\"";
  for (const std::string_view evidence : verdict::EvidenceTexts(state)) {
    text.append(separator).append(evidence).append("\"");
    separator = ",\"";
  }
  text += ']';
  if (timed) {
    const auto rtt = rtt_ms(state);
    text.append(",\"rtt_ms\":").append(rtt ? json_text(*rtt) : "null");
  }
  return text += '}';
}

ordered_json rtt_json(const sweep::PathFigures& path) {
  if (!has_rtt(path)) return {{"p50", nullptr}, {"p90", nullptr}, {"p99", nullptr}};
  return {{"p50", round_to_thousandths(path.rtt_p50_ms)},
          {"p90", round_to_thousandths(path.rtt_p90_ms)},
          {"p99", round_to_thousandths(path.rtt_p99_ms)}};
}

ordered_json rejected_json(const sweep::PathFigures& path) {
  ordered_json by = ordered_json::object();
  for (std::size_t i = 0; i < path.rejected_by.size(); ++i) {
    if (path.rejected_by[i] == 0) continue;
    by[std::string(to_string(static_cast<packet::RejectReason>(i)))] = path.rejected_by[i];
  }
  return by;
}

ordered_json findings_json(const std::vector<sweep::Finding>& findings) {
  ordered_json texts = ordered_json::array();
  for (const sweep::Finding& finding : findings) texts.push_back(finding.text);
  return texts;
}

ordered_json path_json(const sweep::PathFigures& path) {
  ordered_json object{{"lane", path.lane},
                      {"rate_pps", std::llround(path.rate_pps)},
                      {"probes_sent", path.probes_sent},
                      {"replies", path.replies},
                      {"late", path.late},
                      {"duplicate", path.duplicate},
                      {"rejected", path.rejected},
                      {"send_errors", path.send_errors},
                      {"ring_drops", path.ring_drops},
                      {"capture_drops", path.capture_drops},
                      {"kernel_drops", path.kernel_drops},
                      {"slices", path.slices},
                      {"unsound_slices", path.unsound_slices},
                      {"loss", round_to_thousandths(path.loss)},
                      {"canaries", path.canaries},
                      {"canary_probes", path.canary_probes},
                      {"findings", findings_json(path.findings)},
                      {"rtt_ms", rtt_json(path)}};
  if (path.group_rate_limits) object["limited_by"] = "group_rate";
  if (path.rejected > 0) object["rejected_by"] = rejected_json(path);
  return object;
}

}  // namespace

std::string json_text(const ordered_json& value) {
  return value.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

ordered_json group_json(const TargetTable& table, const SweepResult& result,
                        const GroupReport& report) {
  const inventory::Group& group = table.group(report.group);
  ordered_json object{{"group", group.name},
                      {"verdict", to_string(report.verdict)},
                      {"expected", report.expected},
                      {"answering", report.answering},
                      {"missing", ranges_json(report.missing_ranges)},
                      {"closed", closed_json(table, result, report)}};
  if (!group.parent.empty()) object["parent"] = group.parent;
  if (!group.note.empty()) object["note"] = group.note;
  return object;
}

void render_json(std::ostream& out, const TargetTable& table, const SweepResult& result, bool all) {
  const std::chrono::duration<double> seconds = result.duration;
  ObjectWriter document(out);
  document.field("schema", "rollcall.sweep/1");
  document.field("started_at", utc_text(result.started_at));
  document.field("duration_s", round_to_thousandths(seconds.count()));
  document.field("conclusive", result.conclusive);
  document.field("inconclusive_reasons", result.inconclusive_reasons);
  document.field("targets", table.size());
  document.field("addresses", table.addresses());
  document.field("groups", table.groups().size());
  document.field("counts", counts_json(result));
  document.array("groups_not_up", [&](auto&& add) {
    for (const GroupReport& report : result.groups_not_up)
      add(json_text(group_json(table, result, report)));
  });
  document.array("parents_down", [&](auto&& add) {
    for (const auto& parent : verdict::parents_down(table, result.groups_not_up)) {
      add(json_text(parent_json(parent)));
    }
  });
  document.array("targets_not_open", [&](auto&& add) {
    for_each_target(table, result, false,
                    [&](TargetIndex target) { add(target_text(table, result, target, false)); });
  });
  if (all) {
    document.array("targets_open", [&](auto&& add) {
      for_each_target(table, result, true,
                      [&](TargetIndex target) { add(target_text(table, result, target, true)); });
    });
  }
  document.field("path", path_json(result.path));
  document.end();
}

void render_ndjson(std::ostream& out, const TargetTable& table, const SweepResult& result,
                   bool all) {
  for_each_listed(table, result, all, [&](TargetIndex target) {
    out << target_text(table, result, target, true) << '\n';
  });
}

}  // namespace rollcall::cli
