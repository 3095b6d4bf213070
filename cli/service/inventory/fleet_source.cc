#include "cli/service/inventory/fleet_source.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "engine/base/text/masked_url.h"
#include "engine/inventory/text/byte_source.h"

namespace rollcall::cli {
namespace {

using inventory::NamedText;
using nlohmann::json;

constexpr std::size_t kDiagnosticsMax = 20;
constexpr std::int64_t kLatestSecond = 4'102'444'800;  // 2100: 64-bit nanoseconds end in 2262
constexpr std::size_t kFormerMax = 8;                  // fingerprints kept per source
// A source may always grow by this many targets at once, whatever the factor.
constexpr std::uint64_t kGrowthAlwaysBelieved = 1'000;

json to_json(const NamedText& text) {
  return {{"name", text.name}, {"text", text.text}};
}

NamedText text_from(const json& value) {
  // Earlier versions stored URLs with their secrets.
  auto name = value.at("name").get<std::string>();
  if (!name.contains("***")) name = masked_url(name);
  return {std::move(name), value.at("text").get<std::string>()};
}

inventory::LoadRequest request_of(const Config& config, std::uint64_t seed) {
  inventory::LoadRequest request{.default_ports = config.inventory.ports,
                                 .default_expect = config.inventory.expect,
                                 .exclude = config.inventory.exclude,
                                 .scope = inventory::Scope(config.scope.allow),
                                 .seed = seed,
                                 .targets_max = config.inventory.targets_max,
                                 .diagnostics_max = kDiagnosticsMax,
                                 .may_be_empty = true};
  for (const CanaryConfig& canary : config.canaries) {
    request.canaries.push_back({canary.address, canary.port, inventory::CanaryKind::kUp});
  }
  return request;
}

// The last step of splitmix64: every input bit changes half of the output bits.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

// A sum, so that the order of lines does not matter.
std::uint64_t fingerprint_of(const inventory::TargetTable& table) {
  std::uint64_t sum = 0;
  for (const inventory::Target& target : table.in_scan_order()) {
    sum += mixed(target.address.high() ^ mixed(target.address.low() ^ mixed(target.port.value)));
  }
  return sum;
}

Result<inventory::Notes> notes_of(const FleetTexts& texts, const inventory::Notes& said) {
  inventory::Notes notes;
  for (const NamedText& text : texts.notes) {
    inventory::TextSource bytes(text.text);
    auto read = inventory::read_notes(text.name, bytes);
    if (!read) return read;
    notes = *std::move(read);
  }
  for (const auto& [group, note] : said) notes[group] = note;
  return notes;
}

}  // namespace

std::string to_document(const FleetTexts& texts) {
  json sources = json::array();
  for (const SourceTexts& source : texts.sources) {
    json parts = json::array();
    for (const NamedText& text : source.texts) parts.push_back(to_json(text));
    sources.push_back(
        {{"name", source.name}, {"texts", std::move(parts)}, {"former", source.former}});
  }
  json notes = json::array();
  for (const NamedText& text : texts.notes) notes.push_back(to_json(text));
  json broken = json::object();
  for (const auto& [name, since] : texts.broken) {
    broken[name] = std::chrono::floor<std::chrono::seconds>(since).time_since_epoch().count();
  }
  json document{{"sources", std::move(sources)}, {"notes", std::move(notes)}};
  if (!broken.empty()) document["broken"] = std::move(broken);
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<FleetTexts> texts_from(std::string_view document) {
  try {
    const json parsed = json::parse(document);
    FleetTexts texts;
    for (const json& source : parsed.at("sources")) {
      SourceTexts& added = texts.sources.emplace_back();
      // Earlier versions stored URLs with their secrets. A name that is masked already may have a
      // number.
      added.name = source.at("name");
      if (!added.name.contains("***")) added.name = masked_url(added.name);
      for (const json& text : source.at("texts")) added.texts.push_back(text_from(text));
      // Documents of earlier versions have no such field.
      added.former = source.value("former", std::vector<std::uint64_t>());
    }
    for (const json& text : parsed.at("notes")) texts.notes.push_back(text_from(text));
    // Documents of earlier versions have no such field. Whole seconds since 1970.
    for (const auto& [name, seconds] :
         parsed.value("broken", std::map<std::string, std::int64_t>())) {
      texts.broken[name] =
          WallTime(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLatestSecond)));
    }
    return texts;
  } catch (const json::exception& exception) {
    return fail(ErrorCode::kInput, fmt::format("the stored inventory: {}", exception.what()));
  }
}

Result<LoadedFleet> build_fleet(const Config& config, const FleetTexts& texts,
                                const inventory::Notes& said, std::uint64_t seed) {
  auto notes = notes_of(texts, said);
  if (!notes) return std::unexpected(notes.error());
  std::vector<NamedText> all;
  for (const SourceTexts& source : texts.sources) {
    all.insert(all.end(), source.texts.begin(), source.texts.end());
  }
  auto request = request_of(config, seed);
  request.texts = all;
  request.notes = *std::move(notes);
  auto loaded = inventory::load_inventory(request);
  if (!loaded) return std::unexpected(loaded.error());
  LoadedFleet fleet{
      std::make_shared<const inventory::TargetTable>(std::move(loaded->table)), {}, {}};
  for (const SourceTexts& source : texts.sources) {
    if (texts.sources.size() == 1) {
      fleet.targets[source.name] = fleet.table->size();
      fleet.fingerprints[source.name] = fingerprint_of(*fleet.table);
      continue;
    }
    auto alone = request_of(config, 0);
    alone.texts = source.texts;
    const auto part = inventory::load_inventory(alone);
    if (!part) return std::unexpected(part.error());
    fleet.targets[source.name] = part->table.size();
    fleet.fingerprints[source.name] = fingerprint_of(part->table);
  }
  return fleet;
}

std::string to_document(const SourceReads& reads) {
  json document = json::array();
  const auto add = [&](const SourceRead& read) {
    json texts = json::array();
    if (read.content) {
      for (const NamedText& text : read.content->texts) texts.push_back(to_json(text));
      document.push_back({read.name, std::move(texts), read.content->remarks});
    } else {
      document.push_back({read.name, read.content.error().to_string()});
    }
  };
  for (const SourceRead& read : reads.sources) add(read);
  if (reads.notes) add(*reads.notes);
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string shrunk_too_much(const std::string& source, std::uint64_t before, std::uint64_t after,
                            const InventoryConfig& config) {
  if (after >= before) return "";
  const double lost = 100 * (1 - static_cast<double>(after) / static_cast<double>(before));
  if (lost <= config.shrink_percent_max) return "";
  return fmt::format(
      "{} has {} targets, {} before: it lost {:.0f} %, more than the {} % of "
      "inventory.shrink_percent_max; if that is right: POST /-/reload?allow_shrink=1",
      source, after, before, lost, config.shrink_percent_max);
}

std::string grown_too_much(const std::string& source, std::uint64_t before, std::uint64_t after,
                           const InventoryConfig& config) {
  if (before == 0 || after <= before + kGrowthAlwaysBelieved) return "";
  const double factor = static_cast<double>(after) / static_cast<double>(before);
  if (factor <= config.growth_factor_max) return "";
  return fmt::format(
      "{} has {} targets, {} before: {:.1f} times as many, more than the {:g} times of "
      "inventory.growth_factor_max; if that is right: POST /-/reload?allow_growth=1",
      source, after, before, factor, config.growth_factor_max);
}

namespace {

// Chooses the texts to use for each source. A source that falls back to its former texts keeps
// them.
class Chooser {
 public:
  Chooser(const Config& config, const SourceReads& reads, const FleetTexts* former,
          const inventory::Notes& said, std::uint64_t seed)
      : config_(config), former_(former), said_(said), seed_(seed) {
    for (const SourceRead& read : reads.sources) take(read);
    if (reads.notes) take_notes(*reads.notes);
  }

  Result<FleetChoice> run(Accepted accepted) {
    auto fleet = build();
    if (!fleet) {
      use_one_by_one();
      fleet = build();
    }
    if (!fleet) return std::unexpected(fleet.error());
    if (former_ != nullptr) {
      if (auto judged = judge(*fleet, accepted); !judged) return std::unexpected(judged.error());
      if (has_fallen_back_) fleet = build();
      if (!fleet) return std::unexpected(fleet.error());
    }
    for (const SourceTexts& source : choice_.texts.sources) {
      const bool is_empty = fleet->targets.at(source.name) == 0;
      if (is_empty && !has_problem(source.name)) {
        choice_.remarks.push_back(source.name + ": holds no target");
      }
    }
    choice_.fleet = *std::move(fleet);
    return std::move(choice_);
  }

 private:
  Result<LoadedFleet> build() const { return build_fleet(config_, choice_.texts, said_, seed_); }

  const SourceTexts* former_of(const std::string& name) const {
    if (former_ == nullptr) return nullptr;
    const auto found = std::ranges::find(former_->sources, name, &SourceTexts::name);
    return found != former_->sources.end() ? &*found : nullptr;
  }

  bool has_problem(const std::string& source) const {
    return std::ranges::find(choice_.problems, source, &SourceProblem::source) !=
           choice_.problems.end();
  }

  void take(const SourceRead& read) {
    const SourceTexts* before = former_of(read.name);
    SourceTexts& source = choice_.texts.sources.emplace_back();
    source.name = read.name;
    if (!read.content) return fall_back(source, read.content.error().to_string());
    source.texts = read.content->texts;
    if (before != nullptr) source.former = before->former;
    const auto& remarks = read.content->remarks;
    choice_.remarks.insert(choice_.remarks.end(), remarks.begin(), remarks.end());
  }

  // An error in the notes must not change the list of targets.
  void take_notes(const SourceRead& read) {
    auto& notes = choice_.texts.notes;
    std::string why = read.content ? "" : read.content.error().to_string();
    if (read.content) {
      notes = read.content->texts;
      const auto parsed = notes_of(choice_.texts, {});
      if (parsed) return;
      why = parsed.error().to_string();
    }
    notes.clear();
    if (former_ != nullptr) notes = former_->notes;
    choice_.problems.push_back({read.name, std::move(why)});
  }

  void fall_back(SourceTexts& source, std::string why) {
    const SourceTexts* before = former_of(source.name);
    source.texts.clear();
    if (before != nullptr) source = *before;
    choice_.problems.push_back({source.name, std::move(why)});
    has_fallen_back_ = true;
  }

  // Finds the sources that make the fleet invalid: adds each source to the valid ones and tries
  // again.
  void use_one_by_one() {
    std::vector<SourceTexts> fresh = choice_.texts.sources;
    for (SourceTexts& source : choice_.texts.sources) {
      const SourceTexts* before = former_of(source.name);
      source.texts.clear();
      if (before != nullptr) source.texts = before->texts;
    }
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      SourceTexts& source = choice_.texts.sources[i];
      std::swap(source, fresh[i]);
      if (const auto fleet = build(); !fleet && !has_problem(source.name)) {
        fall_back(source, fleet.error().to_string());
      }
    }
  }

  // Compares with the same sources as they were before, under the current configuration.
  Result<void> judge(const LoadedFleet& fleet, Accepted accepted) {
    FleetTexts before_texts;
    for (const SourceTexts& source : choice_.texts.sources) {
      if (const SourceTexts* before = former_of(source.name)) {
        before_texts.sources.push_back(*before);
      }
    }
    const auto before = build_fleet(config_, before_texts, {}, seed_);
    if (!before) return {};  // nothing to compare with
    for (SourceTexts& source : choice_.texts.sources) {
      const auto found = before->targets.find(source.name);
      if (found == before->targets.end()) continue;
      judge(source, {found->second, before->fingerprints.at(source.name)},
            {fleet.targets.at(source.name), fleet.fingerprints.at(source.name)}, accepted);
    }
    return {};
  }

  struct ListFacts {
    std::uint64_t targets;
    std::uint64_t fingerprint;
  };

  void judge(SourceTexts& source, const ListFacts& before, const ListFacts& after,
             Accepted accepted) {
    if (before.fingerprint == after.fingerprint) return;
    // A list that was in use before a mistake corrects the mistake, however small it is.
    const bool is_return =
        after.targets > 0 &&
        std::ranges::find(source.former, after.fingerprint) != source.former.end();
    std::string why;
    if (!is_return && !accepted.shrink) {
      why = shrunk_too_much(source.name, before.targets, after.targets, config_.inventory);
    }
    if (why.empty() && !is_return && !accepted.growth) {
      why = grown_too_much(source.name, before.targets, after.targets, config_.inventory);
    }
    if (!why.empty()) return fall_back(source, std::move(why));
    std::erase(source.former, before.fingerprint);
    source.former.push_back(before.fingerprint);
    if (source.former.size() > kFormerMax) source.former.erase(source.former.begin());
  }

  const Config& config_;
  const FleetTexts* former_;
  const inventory::Notes& said_;
  std::uint64_t seed_;
  FleetChoice choice_;
  bool has_fallen_back_ = false;
};

}  // namespace

Result<FleetChoice> choose_fleet(const Config& config, const SourceReads& reads,
                                 const FleetTexts* former, const inventory::Notes& said,
                                 std::uint64_t seed, Accepted accepted) {
  return Chooser(config, reads, former, said, seed).run(accepted);
}

}  // namespace rollcall::cli
