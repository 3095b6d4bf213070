#include "cli/watch/fleet_source.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "cli/watch/fetch.h"
#include "engine/inventory/byte_source.h"
#include "engine/inventory/whole_file.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;
using inventory::NamedText;
using nlohmann::json;

constexpr std::uint64_t kBytesMax = std::uint64_t{128} << 20;  // of one text
constexpr std::size_t kFilesMax = 10'000;                      // of one directory
constexpr std::size_t kFlawsMax = 20;

Result<NamedText> read_file(const std::string& path) {
  auto file = inventory::read_whole(path, kBytesMax);
  if (!file) return std::unexpected(file.error());
  return NamedText{std::move(file->name), std::move(file->text)};
}

bool is_inventory(const fs::path& path) {
  const std::string extension = path.extension();
  return !path.filename().string().starts_with('.') &&
         (extension == ".csv" || extension == ".txt" || extension == ".json");
}

Result<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (is_inventory(it->path())) files.push_back(it->path());
    if (files.size() > kFilesMax) {
      return fail(ErrorCode::kInput, fmt::format("{}: more than {} files", folder, kFilesMax));
    }
  }
  if (error) {
    return fail(ErrorCode::kInput, fmt::format("cannot read the folder {}", folder), error.value());
  }
  std::ranges::sort(files);
  return files;
}

Result<SourceTexts> read_folder(const std::string& folder) {
  const auto files = files_in(folder);
  if (!files) return std::unexpected(files.error());
  SourceTexts source{folder, {}};
  for (const std::string& path : *files) {
    auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    source.texts.push_back(*std::move(text));
  }
  return source;
}

Result<SourceTexts> one_text(const std::string& name, Result<NamedText> text) {
  if (!text) return std::unexpected(text.error());
  return SourceTexts{name, {*std::move(text)}};
}

Result<NamedText> fetch_text(const std::string& url, const std::stop_token& stop) {
  auto text = fetch(url, kBytesMax, stop);
  if (!text) return std::unexpected(text.error());
  return NamedText{url, *std::move(text)};
}

json to_json(const NamedText& text) {
  return {{"name", text.name}, {"text", text.text}};
}

NamedText text_from(const json& value) {
  return {value.at("name").get<std::string>(), value.at("text").get<std::string>()};
}

inventory::LoadRequest request_of(const Config& config, std::uint64_t seed) {
  inventory::LoadRequest request{.default_ports = config.inventory.ports,
                                 .default_expect = config.inventory.expect,
                                 .exclude = config.inventory.exclude,
                                 .scope = inventory::Scope(config.scope.allow),
                                 .seed = seed,
                                 .flaws_max = kFlawsMax};
  for (const Canary& canary : config.canaries) {
    request.canaries.push_back({canary.address, canary.port, inventory::CanaryKind::kUp});
  }
  return request;
}

// What a source alone amounts to. One without a target is an error to the loader, and zero to us.
std::uint64_t targets_of(const Config& config, const SourceTexts& source) {
  auto request = request_of(config, 0);
  request.texts = source.texts;
  const auto loaded = inventory::load_inventory(request);
  return loaded ? loaded->table.size() : 0;
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

Result<FleetTexts> read_sources(const InventoryConfig& config, const std::stop_token& stop) {
  FleetTexts texts;
  const auto add = [&](Result<SourceTexts> source) -> Result<void> {
    if (!source) return std::unexpected(source.error());
    texts.sources.push_back(*std::move(source));
    return {};
  };
  for (const std::string& path : config.files) {
    if (auto added = add(one_text(path, read_file(path))); !added) {
      return std::unexpected(added.error());
    }
  }
  for (const std::string& folder : config.directories) {
    if (auto added = add(read_folder(folder)); !added) return std::unexpected(added.error());
  }
  for (const std::string& url : config.urls) {
    if (auto added = add(one_text(url, fetch_text(url, stop))); !added) {
      return std::unexpected(added.error());
    }
  }
  if (!config.notes.empty()) {
    auto notes = read_file(config.notes);
    if (!notes) return std::unexpected(notes.error());
    texts.notes.push_back(*std::move(notes));
  }
  return texts;
}

std::string to_document(const FleetTexts& texts) {
  json sources = json::array();
  for (const SourceTexts& source : texts.sources) {
    json parts = json::array();
    for (const NamedText& text : source.texts) parts.push_back(to_json(text));
    sources.push_back({{"name", source.name}, {"texts", std::move(parts)}});
  }
  json notes = json::array();
  for (const NamedText& text : texts.notes) notes.push_back(to_json(text));
  const json document{{"sources", std::move(sources)}, {"notes", std::move(notes)}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<FleetTexts> texts_from(std::string_view document) {
  try {
    const json parsed = json::parse(document);
    FleetTexts texts;
    for (const json& source : parsed.at("sources")) {
      SourceTexts& added = texts.sources.emplace_back();
      added.name = source.at("name");
      for (const json& text : source.at("texts")) added.texts.push_back(text_from(text));
    }
    for (const json& text : parsed.at("notes")) texts.notes.push_back(text_from(text));
    return texts;
  } catch (const json::exception& exception) {
    return fail(ErrorCode::kInput, fmt::format("the stored inventory: {}", exception.what()));
  }
}

Result<Fleet> build_fleet(const Config& config, const FleetTexts& texts,
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
  Fleet fleet{std::make_shared<const inventory::TargetTable>(std::move(loaded->table)), {}};
  for (const SourceTexts& source : texts.sources) {
    const bool is_only = texts.sources.size() == 1;
    fleet.targets[source.name] = is_only ? fleet.table->size() : targets_of(config, source);
  }
  return fleet;
}

std::string shrunk_too_much(const Fleet& before, const Fleet& after, unsigned percent_max) {
  for (const auto& [source, now] : after.targets) {
    const auto found = before.targets.find(source);
    if (found == before.targets.end() || now >= found->second) continue;
    const double lost = 100 * (1 - static_cast<double>(now) / static_cast<double>(found->second));
    if (lost <= percent_max) continue;
    return fmt::format(
        "{} has {} targets, {} before: it lost {:.0f} %, more than the {} % of "
        "inventory.shrink_percent_max",
        source, now, found->second, lost, percent_max);
  }
  return "";
}

}  // namespace rollcall::cli
