#include "cli/service/inventory/source_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "cli/service/inventory/fetch.h"
#include "engine/base/text/masked_url.h"
#include "engine/base/text/utc_text.h"
#include "engine/inventory/text/whole_file.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;
using inventory::NamedText;
using std::chrono::steady_clock;

constexpr std::uint64_t kBytesMax = std::uint64_t{128} << 20;  // of one text
constexpr std::size_t kFilesMax = 10'000;                      // of one directory
constexpr Duration kBeatPause = std::chrono::seconds(1);
constexpr std::size_t kLeftOutMax = 5;  // names in one remark

Result<NamedText> read_file(const std::string& path) {
  auto file = inventory::read_whole(path, kBytesMax);
  if (!file) return std::unexpected(file.error());
  return NamedText{std::move(file->name), std::move(file->text)};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_inventory(const fs::path& path) {
  const std::string extension = lower(path.extension());
  return extension == ".csv" || extension == ".txt" || extension == ".json";
}

// An unfinished file of an editor or a generator.
bool is_hidden_or_temporary(const fs::path& path) {
  const std::string name = path.filename();
  return name.starts_with('.') || name.ends_with('~') || lower(path.extension()) == ".tmp";
}

std::string left_out_text(const std::string& folder, const std::vector<std::string>& left_out) {
  std::string names;
  for (std::size_t i = 0; i < std::min(left_out.size(), kLeftOutMax); ++i) {
    names += (i > 0 ? ", " : "") + left_out[i];
  }
  if (left_out.size() > kLeftOutMax) {
    names += fmt::format(" and {} more", left_out.size() - kLeftOutMax);
  }
  return fmt::format("{}: only .csv, .txt and .json files are read; not read: {}", folder, names);
}

Result<SourceContent> read_folder(const std::string& folder) {
  std::vector<std::string> files;
  std::vector<std::string> left_out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (is_hidden_or_temporary(it->path())) continue;
    if (is_inventory(it->path())) {
      files.push_back(it->path());
    } else {
      left_out.push_back(it->path().filename());
    }
    if (files.size() > kFilesMax) {
      return fail(ErrorCode::kInput, fmt::format("{}: more than {} files", folder, kFilesMax));
    }
  }
  if (error) {
    return fail(ErrorCode::kInput, fmt::format("cannot read the folder {}", folder), error.value());
  }
  std::ranges::sort(files);
  std::ranges::sort(left_out);
  SourceContent content;
  for (const std::string& path : files) {
    auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    content.texts.push_back(*std::move(text));
  }
  if (!left_out.empty()) content.remarks.push_back(left_out_text(folder, left_out));
  return content;
}

Result<SourceContent> one_text(Result<NamedText> text) {
  if (!text) return std::unexpected(text.error());
  return SourceContent{{*std::move(text)}, {}};
}

Result<NamedText> fetch_text(const std::string& name, const std::string& url,
                             const std::stop_token& stop) {
  auto text = fetch(url, kBytesMax, stop);
  if (!text) return fail(ErrorCode::kInput, fmt::format("{}: {}", name, text.error().to_string()));
  return NamedText{name, *std::move(text)};
}

}  // namespace

// Shared between read_all() and the reading thread.
struct SourceReader::Reading {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<SourceContent>> content;
  steady_clock::time_point began = steady_clock::now();
  WallTime began_wall = SystemClock().wall();
};

std::vector<std::string> source_names(const std::vector<std::string>& urls) {
  std::vector<std::string> names;
  std::map<std::string, unsigned> seen;
  for (const std::string& url : urls) {
    std::string name = masked_url(url);
    const unsigned number = ++seen[name];
    names.push_back(number == 1 ? std::move(name) : fmt::format("{} #{}", name, number));
  }
  return names;
}

void SourceReader::begin(Kind kind, const std::string& name, const std::string& place,
                         const std::stop_token& stop) {
  std::shared_ptr<Reading>& reading = readings_[name];
  if (reading) return;
  reading = std::make_shared<Reading>();
  std::thread([kind, name, place, stop, reading] {
    Result<SourceContent> content = SourceContent{};
    try {
      content = kind == Kind::kFile        ? one_text(read_file(place))
                : kind == Kind::kDirectory ? read_folder(place)
                                           : one_text(fetch_text(name, place, stop));
    } catch (const std::exception& exception) {  // mostly out of memory
      content = fail(ErrorCode::kSystem, fmt::format("{}: {}", name, exception.what()));
    }
    const std::scoped_lock lock(reading->mutex);
    reading->content = std::move(content);
    reading->changed.notify_all();
  }).detach();
}

SourceRead SourceReader::take(Kind kind, const std::string& name, const std::stop_token& stop,
                              const std::function<void()>& beat) {
  const std::shared_ptr<Reading> reading = readings_.at(name);
  const Duration limit = kind == Kind::kUrl ? limits_.url : limits_.file;
  std::unique_lock lock(reading->mutex);
  // A read that outlived an earlier call gets no second waiting time.
  const auto has_content = [&] { return reading->content.has_value(); };
  const auto until = reading->began + limit;
  while (!stop.stop_requested() && steady_clock::now() < until && !has_content()) {
    const auto next_beat = std::min(until, steady_clock::now() + kBeatPause);
    reading->changed.wait_until(lock, stop, next_beat, has_content);
    beat();
  }
  if (!reading->content) {
    return {name, fail(ErrorCode::kInput,
                       fmt::format("{}: the read that began at {} has not returned; it is waited "
                                   "for, the other sources are read as usual",
                                   name, utc_text(reading->began_wall)))};
  }
  readings_.erase(name);
  return {name, *std::move(reading->content)};
}

SourceReads SourceReader::read_all(const InventoryConfig& config, const std::stop_token& stop,
                                   const std::function<void()>& beat) {
  struct Source {
    Kind kind;
    std::string name;
    std::string place;
  };
  std::vector<Source> sources;
  for (const std::string& path : config.files) sources.push_back({Kind::kFile, path, path});
  for (const std::string& path : config.directories) {
    sources.push_back({Kind::kDirectory, path, path});
  }
  const std::vector<std::string> names = source_names(config.urls);
  for (std::size_t i = 0; i < names.size(); ++i) {
    sources.push_back({Kind::kUrl, names[i], config.urls[i]});
  }
  for (const auto& [kind, name, place] : sources) begin(kind, name, place, stop);
  if (!config.notes.empty()) begin(Kind::kFile, config.notes, config.notes, stop);
  SourceReads reads;
  if (!config.notes.empty()) reads.notes = take(Kind::kFile, config.notes, stop, beat);
  for (const auto& [kind, name, place] : sources) {
    reads.sources.push_back(take(kind, name, stop, beat));
  }
  return reads;
}

}  // namespace rollcall::cli
