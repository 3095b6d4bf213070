#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "engine/inventory/import/source.h"
#include "engine/inventory/load.h"
#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/json_document.h"

namespace rollcall::inventory {
namespace {

using Json = nlohmann::json;

class FileSdReader {
 public:
  FileSdReader(const WholeFile& file, const FileSdRequest& request)
      : file_(file), request_(request) {}

  Result<Imported> run();

 private:
  Result<void> read_element(const Json& element);
  Result<std::string> group_of(const Json& labels) const;
  Result<void> read_fact(const ImportedGroup& group, std::string_view name, std::string_view text,
                         std::string& known);
  Result<void> add(ImportedGroup& group, const Json& target, std::optional<Expect> expect);
  std::unexpected<Error> misshapen(std::string_view what) const;

  const WholeFile& file_;
  const FileSdRequest& request_;
  std::size_t number_ = 0;  // of the current element, from 1
  std::uint64_t targets_ = 0;
  std::map<std::string, ImportedGroup, std::less<>> groups_;
};

std::unexpected<Error> FileSdReader::misshapen(std::string_view what) const {
  return fail(ErrorCode::kInput, fmt::format("{}: element {}: {}", file_.name, number_, what));
}

Result<Imported> FileSdReader::run() {
  const auto document = json_document(file_.name, file_.text);
  if (!document) return std::unexpected(document.error());
  if (!document->is_array()) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: the document is no array; file_sd is [{{\"targets\": [...], "
                            "\"labels\": {{...}}}}]",
                            file_.name));
  }
  for (const Json& element : *document) {
    ++number_;
    if (const auto read = read_element(element); !read) return std::unexpected(read.error());
  }
  Imported imported;
  for (auto& [name, group] : groups_) {
    if (!group.targets.empty()) imported.groups.push_back(std::move(group));
  }
  if (!imported.groups.empty()) return imported;
  return fail(ErrorCode::kInput,
              request_.group.empty() || request_.group_label.empty()
                  ? fmt::format("{}: holds no target; nothing to import", file_.name)
                  : fmt::format("{}: no target has the label {} = {}; nothing to import",
                                file_.name, request_.group_label, in_quotes(request_.group)));
}

Result<void> FileSdReader::read_element(const Json& element) {
  if (!element.is_object()) return misshapen("is no object");
  const auto targets = element.find("targets");
  if (targets == element.end() || !targets->is_array()) {
    return misshapen("has no array 'targets'");
  }
  Json labels = element.value("labels", Json::object());
  if (labels.is_null()) labels = Json::object();
  if (!labels.is_object()) return misshapen("has 'labels' that are no object");
  const auto name = group_of(labels);
  if (!name) return std::unexpected(name.error());
  if (!request_.group.empty() && *name != request_.group) return {};
  ImportedGroup& group = groups_.try_emplace(*name).first->second;
  group.name = *name;
  std::optional<Expect> expect;
  if (const std::string_view text = string_at(labels, "expect"); !text.empty()) {
    const auto said = expect_in(text);
    if (!said) return misshapen(said.error().what);
    expect = *said;
  }
  const auto parent = parent_name_in(string_at(labels, "parent"));
  if (!parent) return misshapen(parent.error().what);
  const auto facts = std::array{std::tuple("parent", std::string_view(*parent), &group.parent),
                                std::tuple("note", string_at(labels, "note"), &group.note)};
  for (const auto& [name_of_fact, text, known] : facts) {
    if (const auto read = read_fact(group, name_of_fact, text, *known); !read) return read;
  }
  for (const Json& target : *targets) {
    if (const auto added = add(group, target, expect); !added) return added;
  }
  return {};
}

Result<std::string> FileSdReader::group_of(const Json& labels) const {
  if (request_.group_label.empty()) return request_.group;
  const std::string_view text = string_at(labels, request_.group_label.c_str());
  if (text.empty()) {
    return misshapen(
        fmt::format("has no label {}; choose another with --group-label, or give all "
                    "targets one --group",
                    in_quotes(request_.group_label)));
  }
  if (const auto diagnostic = text_diagnostic(text)) return misshapen(diagnostic->what);
  auto name = group_name_in(text);
  if (!name) return misshapen(name.error().what);
  return *std::move(name);
}

Result<void> FileSdReader::read_fact(const ImportedGroup& group, std::string_view name,
                                     std::string_view text, std::string& known) {
  if (const auto diagnostic = text_diagnostic(text)) return misshapen(diagnostic->what);
  if (!known.empty() && !text.empty() && known != text) {
    return misshapen(fmt::format("group {} has another {} here than before; keep one of the two",
                                 in_quotes(group.name), name));
  }
  if (!text.empty()) known = text;
  return {};
}

Result<void> FileSdReader::add(ImportedGroup& group, const Json& target,
                               std::optional<Expect> expect) {
  if (!target.is_string()) return misshapen("a target is no string");
  const auto parsed = target_in(trimmed(target.get_ref<const std::string&>()));
  if (!parsed) return misshapen(parsed.error().what);
  if (const auto reason = refusal(parsed->range)) {
    return misshapen(fmt::format("{} is {}, where no probe may go; remove it",
                                 parsed->range.to_string(), *reason));
  }
  if (parsed->range.size() > kTargetsMax - targets_) {
    return misshapen(fmt::format("brings the import above {} targets", kTargetsMax));
  }
  targets_ += parsed->range.size();
  for (Address address = parsed->range.first;; address = address.plus(1)) {
    group.targets.push_back({address, parsed->port.value_or(Port{}), expect});
    if (address == parsed->range.last) return {};
  }
}

}  // namespace

Result<Imported> import_file_sd(const WholeFile& file, const FileSdRequest& request) {
  return FileSdReader(file, request).run();
}

}  // namespace rollcall::inventory
