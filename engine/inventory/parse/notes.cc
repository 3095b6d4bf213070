#include "engine/inventory/parse/notes.h"

#include <fmt/format.h>

#include <utility>

#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/text_input.h"

namespace rollcall::inventory {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// The offset of the colon that ends the group's name, or npos.
std::size_t name_end(std::string_view line) {
  for (std::size_t at = line.find(':'); at != std::string_view::npos; at = line.find(':', at + 1)) {
    if (at + 1 == line.size() || begins_with_blank(line.substr(at + 1))) return at;
  }
  return std::string_view::npos;
}

class NotesReader {
 public:
  NotesReader(std::string name, LineReader& lines) : name_(std::move(name)), lines_(lines) {}

  Result<Notes> run();

 private:
  Result<void> begin(std::string_view line);
  Result<void> append(std::string_view text, std::size_t offset);
  Result<void> finish() const;

  std::string name_;
  LineReader& lines_;
  Notes notes_;
  std::map<std::string, std::uint32_t, std::less<>> begun_at_;
  std::string* note_ = nullptr;  // the note that a continuation line extends
  std::uint32_t note_line_ = 0;
};

Result<Notes> NotesReader::run() {
  for (;;) {
    const auto line = lines_.next();
    if (!line) return std::unexpected(line.error());
    const bool begins = *line && !begins_with_blank(**line);
    if (!*line || begins) {
      if (const auto finished = finish(); !finished) return std::unexpected(finished.error());
    }
    if (!*line) return std::move(notes_);
    const std::string_view text = trimmed(**line);
    const auto offset = static_cast<std::size_t>(text.data() - (*line)->data());
    const auto read = begins ? begin(**line) : append(text, offset);
    if (!read) return std::unexpected(read.error());
  }
}

Result<void> NotesReader::begin(std::string_view line) {
  const std::size_t colon = name_end(line);
  if (colon == std::string_view::npos) {
    return lines_.fail_at(0,
                          "no note; write GROUP: TEXT, and begin the lines that continue a note "
                          "with white space");
  }
  const auto name = group_name_in(line.substr(0, colon));
  if (!name) return lines_.fail_at(name.error().offset, name.error().what);
  const auto [place, is_new] = begun_at_.emplace(*name, lines_.line());
  if (!is_new) {
    return lines_.fail_at(0, fmt::format("group {} has a note already, on line {}; join the two",
                                         in_quotes(*name), place->second));
  }
  if (begun_at_.size() > kNotesMax) {
    return lines_.fail_at(0, fmt::format("more than {} notes; split the file", kNotesMax));
  }
  note_ = &notes_[*name];
  note_line_ = lines_.line();
  return append(trimmed(line.substr(colon + 1)), colon + 1);
}

Result<void> NotesReader::append(std::string_view text, std::size_t offset) {
  if (note_ == nullptr) {
    return lines_.fail_at(offset, "a continuation of no note; begin the line with GROUP:");
  }
  if (note_->size() + 1 + text.size() > kNoteBytesMax) {
    return lines_.fail_at(
        offset, fmt::format("the note is longer than {} bytes; shorten it", kNoteBytesMax));
  }
  if (!note_->empty() && !text.empty()) *note_ += ' ';
  *note_ += text;
  return {};
}

// An empty note is an error: it would hide the note of the inventory.
Result<void> NotesReader::finish() const {
  if (note_ == nullptr || !note_->empty()) return {};
  return std::unexpected(
      error_at(name_, note_line_, 1, "the note has no text; add it, or remove it"));
}

}  // namespace

Result<Notes> read_notes(std::string name, ByteSource& bytes) {
  TextInput input(std::move(name), bytes);
  if (const auto filled = input.fill(); !filled) return std::unexpected(filled.error());
  if (input.window().starts_with(kByteOrderMark)) input.consume(kByteOrderMark.size());
  LineReader lines(input);
  return NotesReader(input.name(), lines).run();
}

Result<Notes> load_notes(const std::string& path) {
  auto file = FileSource::open(path);
  if (!file)
    return fail(file.error().code, "notes: " + file.error().context, file.error().sys_errno);
  auto notes = read_notes(file->name(), *file);
  // Checked first: if the file changed during the read, a diagnostic may be false.
  if (const auto unchanged = file->unchanged(); !unchanged) {
    return std::unexpected(unchanged.error());
  }
  return notes;
}

void apply_notes(const Notes& notes, std::span<Group> groups) {
  for (Group& group : groups) {
    if (const auto note = notes.find(group.name); note != notes.end()) group.note = note->second;
  }
}

}  // namespace rollcall::inventory
