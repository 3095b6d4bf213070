#include "engine/inventory/table_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/large_pages.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {
namespace {

constexpr int kImpliedBitsV4 = 24;
constexpr int kImpliedBitsV6 = 64;

}  // namespace

TableBuilder::TableBuilder(const LoadRequest& request)
    : scope_(request.scope),
      default_ports_(request.default_ports),
      default_expect_(request.default_expect),
      targets_max_(request.targets_max),
      diagnostics_max_(request.diagnostics_max) {
  ROLLCALL_CHECK(targets_max_ <= kTargetsMax);
  std::ranges::sort(default_ports_);
  default_ports_.erase(std::ranges::unique(default_ports_).begin(), default_ports_.end());
  label_set({});  // set 0 is the empty one
}

Result<std::uint16_t> TableBuilder::add_source(std::string name) {
  if (draft_.sources.size() > UINT16_MAX) {
    return fail(ErrorCode::kUsage, "more than 65536 inventory files; join some of them");
  }
  draft_.sources.push_back(std::move(name));
  return static_cast<std::uint16_t>(draft_.sources.size() - 1);
}

Result<void> TableBuilder::add(const AddressRange& range, std::span<const Port> ports,
                               const Attributes& attributes, const SourcePlace& place) {
  if (ports.empty()) ports = default_ports_;
  if (const std::string what = diagnostic_of(range, ports.size()); !what.empty()) {
    return keep(
        std::unexpected(error_at(draft_.sources[place.source], place.line, place.column, what)));
  }
  reserve_for(range.size() * ports.size());
  Target target;
  target.label_set = static_cast<std::uint32_t>(draft_.entries.size());
  target.expect = attributes.expect.value_or(default_expect_);
  draft_.entries.push_back({attributes.label_set, place.line, place.column, place.source,
                            attributes.group.has_value(), attributes.expect.has_value()});
  if (attributes.group) {
    target.group = *attributes.group;
    if (const auto stated = state_facts(target.group, attributes, place); !stated) return stated;
    append(range, ports, target);
    return {};
  }
  const int bits = range.first.is_v4() ? kImpliedBitsV4 : kImpliedBitsV6;
  for (Address first = range.first;;) {
    const AddressRange prefix = range_of_prefix(first, bits);
    target.group = implied_group(prefix, bits);
    if (const auto stated = state_facts(target.group, attributes, place); !stated) return stated;
    append({first, std::min(prefix.last, range.last)}, ports, target);
    if (prefix.last >= range.last) return {};
    first = prefix.last.plus(1);
  }
}

Result<void> TableBuilder::keep(std::unexpected<Error> diagnostic) {
  if (diagnostics_max_ <= 1) return diagnostic;
  if (diagnostics_.size() < diagnostics_max_) {
    diagnostics_.push_back(std::move(diagnostic.error().context));
  } else {
    ++more_diagnostics_;
  }
  return {};
}

Result<void> TableBuilder::sum_up(Result<void> read) const {
  if (diagnostics_.empty()) return read;
  std::string all = fmt::format("{}", fmt::join(diagnostics_, "\n"));
  if (more_diagnostics_ > 0) all += fmt::format("\nand {} more", more_diagnostics_);
  if (!read) all += "\nand reading ended at " + read.error().context;
  return fail(ErrorCode::kInput, std::move(all));
}

// Checked before the range is expanded, so that an IPv6 /64 fails at once. Empty: no diagnostic.
std::string TableBuilder::diagnostic_of(const AddressRange& range, std::size_t ports) const {
  if (ports == 0) {
    return "no port; give ADDRESS:PORT, a ports column, or default ports with -p";
  }
  if (const auto reason = refusal(range)) {
    return fmt::format("{} {} {}, where no probe may go; remove it", range.to_string(),
                       range.first == range.last ? "is" : "holds addresses that are", *reason);
  }
  if (!scope_.allows(range)) {
    return fmt::format(
        "{} is outside of the allowed ranges (scope.allow, --allow), so no probe may "
        "go there; remove it, or allow its network",
        range.to_string());
  }
  const std::uint64_t room = targets_max_ - draft_.rows.size();
  if (range.size() > room / ports) {
    return fmt::format(
        "{} with {} port(s) brings the inventory above {} targets; name only "
        "addresses that are hosted",
        range.to_string(), ports, targets_max_);
  }
  return {};
}

// The first line that states a fact sets it for the group; later lines may repeat, not change it.
Result<void> TableBuilder::state_facts(GroupIndex group, const Attributes& attributes,
                                       const SourcePlace& place) {
  if (attributes.parent.empty() && attributes.note.empty()) return {};
  if (draft_.facts.size() <= group.value) draft_.facts.resize(group.value + 1);
  GroupFacts& facts = draft_.facts[group.value];
  const auto state = [](std::string& fact, SourcePlace& at, std::string_view said,
                        const SourcePlace& here) {
    if (!fact.empty() || said.empty()) return said.empty() || fact == said;
    fact = said;
    at = here;
    return true;
  };
  if (!state(facts.parent, facts.parent_at, attributes.parent, place)) {
    return contradiction(group, "parent", place, facts.parent_at);
  }
  if (!state(facts.note, facts.note_at, attributes.note, place)) {
    return contradiction(group, "note", place, facts.note_at);
  }
  return {};
}

std::unexpected<Error> TableBuilder::contradiction(GroupIndex group, std::string_view fact,
                                                   const SourcePlace& later,
                                                   const SourcePlace& earlier) {
  const std::vector<std::string> names = draft_.groups.take();
  return fail(ErrorCode::kInput,
              fmt::format("{}: group {} has another {} here than at {}; keep one of the two",
                          text_of(later), in_quotes(names[group.value]), fact, text_of(earlier)));
}

std::string TableBuilder::text_of(const SourcePlace& place) const {
  return fmt::format("{}:{}:{}", draft_.sources[place.source], place.line, place.column);
}

// Reserves exactly the need of one large range, but doubles for many small ones.
void TableBuilder::reserve_for(std::uint64_t more) {
  const std::size_t needed = draft_.rows.size() + more;
  if (needed > draft_.rows.capacity()) {
    reserve_large(draft_.rows, std::max(needed, 2 * draft_.rows.size()));
  }
}

void TableBuilder::append(const AddressRange& range, std::span<const Port> ports, Target target) {
  for (target.address = range.first;; target.address = target.address.plus(1)) {
    for (const Port port : ports) {
      target.port = port;
      draft_.rows.push_back(target);
    }
    if (target.address == range.last) return;
  }
}

GroupIndex TableBuilder::implied_group(const AddressRange& prefix, int bits) {
  const auto known = implied_groups_.find(prefix.first);
  if (known != implied_groups_.end()) return known->second;
  const GroupIndex index = group(fmt::format("{}/{}", prefix.first.to_string(), bits));
  implied_groups_.emplace(prefix.first, index);
  return index;
}

}  // namespace rollcall::inventory
