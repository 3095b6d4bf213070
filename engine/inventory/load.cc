#include "engine/inventory/load.h"

#include <algorithm>

#include "engine/inventory/finish_table.h"
#include "engine/inventory/load_text.h"
#include "engine/inventory/parse/parse_json.h"
#include "engine/inventory/parse/parse_lines.h"
#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::inventory {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kAddressStarts = "0123456789abcdefABCDEF:";

// '{' and '[' begin JSON, except for the '[' of "[2001:db8::1]:80" in a plain list.
bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return false;
  if (text[first] != '[') return text[first] == '{';
  const std::size_t second = text.find_first_not_of(kBlanks, first + 1);
  return second == std::string_view::npos || second > first + 1 ||
         kAddressStarts.find(text[second]) == std::string_view::npos;
}

Result<void> read_file(const std::string& path, TableBuilder& builder) {
  auto file = FileSource::open(path);
  if (!file) return std::unexpected(file.error());
  const auto read = read_source(file->name(), *file, builder);
  // Checked first: if the file changed during the read, a diagnostic may be false.
  if (const auto unchanged = file->unchanged(); !unchanged) return unchanged;
  return read;
}

// In errors, the line of a command-line target is its number among the targets.
Result<void> read_argument(std::string_view text, std::uint32_t number, std::uint16_t source,
                           const std::string& name, TableBuilder& builder) {
  auto diagnostic = text_diagnostic(text);
  const auto target =
      diagnostic ? Parsed<ParsedTarget>(std::unexpected(*diagnostic)) : target_in(trimmed(text));
  if (!target) {
    return builder.keep(
        std::unexpected(error_at(name, number, target.error().offset + 1, target.error().what)));
  }
  const auto ports = target->port ? std::span(&*target->port, 1) : std::span<const Port>();
  return builder.add(target->range, ports, {}, {source, number, 1});
}

Result<void> read_arguments(const std::vector<std::string>& targets, TableBuilder& builder) {
  const std::string name = "command line";
  if (targets.empty()) return {};
  const auto source = builder.add_source(name);
  if (!source) return std::unexpected(source.error());
  for (std::uint32_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == "-") continue;  // standard input, read with the files
    if (const auto read = read_argument(targets[i], i + 1, *source, name, builder); !read) {
      return read;
    }
  }
  return {};
}

Result<void> read_all(const std::vector<std::string>& files, const LoadRequest& request,
                      TableBuilder& builder) {
  for (const std::string& file : files) {
    if (const auto read = read_file(file, builder); !read) return read;
  }
  for (const NamedText& text : request.texts) {
    TextSource bytes(text.text);
    if (const auto read = read_source(text.name, bytes, builder); !read) return read;
  }
  return read_arguments(request.targets, builder);
}

// The files to read: those given, and standard input if a target is "-".
Result<std::vector<std::string>> files_of(const LoadRequest& request) {
  std::vector<std::string> files = request.files;
  std::ranges::copy_if(request.targets, std::back_inserter(files),
                       [](const std::string& target) { return target == "-"; });
  if (std::ranges::count(files, "-") > 1) {
    return fail(ErrorCode::kUsage, "standard input is named twice; name it once");
  }
  const bool is_empty = files.empty() && request.texts.empty() && request.targets.empty();
  if (is_empty && !request.may_be_empty) {
    return fail(ErrorCode::kUsage, "no inventory; name a file with -i, or targets");
  }
  return files;
}

}  // namespace

Result<void> read_source(std::string name, ByteSource& bytes, TableBuilder& builder) {
  const auto source = builder.add_source(name);
  if (!source) return std::unexpected(source.error());
  TextInput input(std::move(name), bytes);
  if (const auto filled = input.fill(); !filled) return std::unexpected(filled.error());
  if (input.window().starts_with(kByteOrderMark)) input.consume(kByteOrderMark.size());
  return is_json(input.window()) ? parse_json(input, *source, builder)
                                 : parse_lines(input, *source, builder);
}

Result<Inventory> load_inventory(const LoadRequest& request) {
  const auto files = files_of(request);
  if (!files) return std::unexpected(files.error());
  TableBuilder builder(request);
  const auto read = builder.sum_up(read_all(*files, request, builder));
  if (!read) return std::unexpected(read.error());
  Draft draft = std::move(builder).take();
  if (!request.notes_file.empty()) {
    auto notes = load_notes(request.notes_file);
    if (!notes) return std::unexpected(notes.error());
    draft.notes = *std::move(notes);
  }
  for (const auto& [group, note] : request.notes) draft.notes[normal_name(group)] = note;
  return finish_table(std::move(draft), request);
}

Result<Inventory> load_text(std::string name, std::string_view text, const LoadRequest& request) {
  TableBuilder builder(request);
  TextSource bytes(text);
  const auto read = builder.sum_up(read_source(std::move(name), bytes, builder));
  if (!read) return std::unexpected(read.error());
  return finish_table(std::move(builder).take(), request);
}

}  // namespace rollcall::inventory
