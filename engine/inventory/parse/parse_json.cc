#include "engine/inventory/parse/parse_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <utility>

#include "engine/inventory/parse/parse_csv.h"
#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/json_cursor.h"

namespace rollcall::inventory {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kReasonBytesMax = 160;

// One element of the top array. It stores its targets until its labels are known as well.
struct Element {
  struct PlacedTarget {
    ParsedTarget target;
    JsonCursor::Position at;
  };

  std::deque<PlacedTarget> targets;  // a growing vector would hold a million targets twice
  Attributes attributes;
  std::string parent;
  std::string note;
  LabelSet labels;
  bool has_targets = false;
  bool has_labels = false;
  bool labels_flawed = false;
};

// Receives the parser's events. A member returns false to end the parse: at an error in the
// document's shape, or at a diagnostic if the request wants no more.
class Handler final : public nlohmann::json_sax<Json> {
 public:
  Handler(const std::string& name, std::uint16_t source, const JsonCursor& cursor,
          TableBuilder& builder)
      : name_(name), source_(source), cursor_(cursor), builder_(builder) {}

  const std::optional<Error>& error() const { return error_; }

  bool null() override;
  bool boolean(bool) override { return misplaced("a boolean"); }
  bool number_integer(number_integer_t) override { return misplaced("a number"); }
  bool number_unsigned(number_unsigned_t) override { return misplaced("a number"); }
  bool number_float(number_float_t, const string_t&) override { return misplaced("a number"); }
  bool binary(binary_t&) override { return misplaced("binary data"); }
  bool string(string_t& text) override;
  bool key(string_t& text) override;
  bool start_object(std::size_t) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override;

 private:
  enum class State : std::uint8_t { kDocument, kElements, kElement, kTargets, kLabels, kDone };

  JsonCursor::Position place_in_string(std::size_t offset) const;
  bool misplaced(std::string_view found);
  bool element_key(const std::string& text);
  bool add_target(const std::string& text);
  bool add_label(const std::string& value);
  bool finish_element();
  bool refuse(JsonCursor::Position at, std::string_view what);
  bool refuse_string(std::size_t offset, std::string_view what);
  bool keep(const Diagnostic& diagnostic);
  bool keep_of_label(const Diagnostic& diagnostic);
  bool went_on(const Result<void>& result);
  bool refuse_element(std::string_view what);

  const std::string& name_;
  std::uint16_t source_;
  const JsonCursor& cursor_;
  TableBuilder& builder_;
  State state_ = State::kDocument;
  std::size_t element_number_ = 0;
  Element element_;
  std::string key_;
  std::optional<Error> error_;
};

bool Handler::refuse(JsonCursor::Position at, std::string_view what) {
  error_ = error_at(name_, at.line, at.column, what);
  return false;
}

bool Handler::refuse_string(std::size_t offset, std::string_view what) {
  return refuse(place_in_string(offset), what);
}

// Keeps a diagnostic of a string's content; the shape of the document is correct.
bool Handler::keep(const Diagnostic& diagnostic) {
  const JsonCursor::Position at = place_in_string(diagnostic.offset);
  return went_on(
      builder_.keep(std::unexpected(error_at(name_, at.line, at.column, diagnostic.what))));
}

// With a wrong label the group of the element's targets is unknown, so finish_element() drops them.
bool Handler::keep_of_label(const Diagnostic& diagnostic) {
  element_.labels_flawed = true;
  return keep(diagnostic);
}

bool Handler::went_on(const Result<void>& result) {
  if (!result) error_ = result.error();
  return result.has_value();
}

JsonCursor::Position Handler::place_in_string(std::size_t offset) const {
  JsonCursor::Position at = cursor_.string_start();
  at.column += 1 + static_cast<std::uint32_t>(offset);
  return at;
}

bool Handler::refuse_element(std::string_view what) {
  return refuse(cursor_.position(), fmt::format("element {}: {}", element_number_, what));
}

// Refuses a value of a kind that is not allowed here.
bool Handler::misplaced(std::string_view found) {
  switch (state_) {
    case State::kDocument:
    case State::kDone:
      return refuse(cursor_.position(),
                    fmt::format("the document is {}; file_sd is an array: [{{\"targets\": [...], "
                                "\"labels\": {{...}}}}]",
                                found));
    case State::kElements:
      ++element_number_;
      return refuse_element(fmt::format("is {}; write {{\"targets\": [...]}}", found));
    case State::kElement:
      return refuse_element(fmt::format("'{}' is {}; write {}", key_, found,
                                        key_ == "targets" ? "an array of strings" : "an object"));
    case State::kTargets:
      return refuse_element(fmt::format("a target is {}; write a string", found));
    case State::kLabels:
      return refuse_element(fmt::format("label {} is {}; write a string", in_quotes(key_), found));
  }
  return false;
}

// As in Prometheus: if `labels` or a single label is null, it is absent.
bool Handler::null() {
  const bool is_absent =
      state_ == State::kLabels || (state_ == State::kElement && key_ == "labels");
  return is_absent || misplaced("null");
}

bool Handler::start_array(std::size_t) {
  if (state_ == State::kDocument) {
    state_ = State::kElements;
  } else if (state_ == State::kElement && key_ == "targets") {
    state_ = State::kTargets;
  } else {
    return misplaced("an array");
  }
  return true;
}

bool Handler::end_array() {
  state_ = state_ == State::kTargets ? State::kElement : State::kDone;
  return true;
}

bool Handler::start_object(std::size_t) {
  if (state_ == State::kElements) {
    ++element_number_;
    element_ = {};
    state_ = State::kElement;
  } else if (state_ == State::kElement && key_ == "labels") {
    state_ = State::kLabels;
  } else {
    return misplaced("an object");
  }
  return true;
}

bool Handler::end_object() {
  if (state_ == State::kLabels) {
    state_ = State::kElement;
    return true;
  }
  state_ = State::kElements;
  return finish_element();
}

bool Handler::key(string_t& text) {
  if (const auto diagnostic = text_diagnostic(text))
    return refuse_string(diagnostic->offset, diagnostic->what);
  key_ = text;
  if (state_ == State::kElement) return element_key(text);
  if (!is_label_name(text)) {
    return refuse_string(0, fmt::format("element {}: label name {} is not made of letters, digits "
                                        "and _; rename it",
                                        element_number_, in_quotes(text)));
  }
  return true;
}

bool Handler::element_key(const std::string& text) {
  const bool is_targets = text == "targets";
  if (!is_targets && text != "labels") {
    return refuse_string(0, fmt::format("element {}: unknown key {}; file_sd has 'targets' and "
                                        "'labels'",
                                        element_number_, in_quotes(text)));
  }
  bool& seen = is_targets ? element_.has_targets : element_.has_labels;
  if (std::exchange(seen, true)) {
    return refuse_string(
        0, fmt::format("element {}: '{}' appears twice; join the two", element_number_, text));
  }
  return true;
}

bool Handler::string(string_t& text) {
  if (const auto diagnostic = text_diagnostic(text))
    return refuse_string(diagnostic->offset, diagnostic->what);
  if (state_ == State::kTargets) return add_target(text);
  if (state_ == State::kLabels) return add_label(text);
  return misplaced("a string");
}

bool Handler::add_target(const std::string& text) {
  const auto target = target_in(trimmed(text));
  if (!target) return keep(target.error());
  element_.targets.push_back({*target, place_in_string(0)});
  return true;
}

bool Handler::add_label(const std::string& value) {
  const auto same_name = [this](const auto& label) { return label.first == key_; };
  const bool group_again = key_ == "group" && element_.attributes.group;
  const bool expect_again = key_ == "expect" && element_.attributes.expect;
  const bool fact_again =
      (key_ == "parent" && !element_.parent.empty()) || (key_ == "note" && !element_.note.empty());
  if (group_again || expect_again || fact_again ||
      std::ranges::any_of(element_.labels, same_name)) {
    return refuse_string(0, fmt::format("element {}: label {} appears twice; remove one",
                                        element_number_, in_quotes(key_)));
  }
  if (key_ == "group") {
    const auto name = group_name_in(value);
    if (!name) return keep_of_label(name.error());
    element_.attributes.group = builder_.group(*name);
  } else if (key_ == "expect") {
    const auto expect = expect_in(value);
    if (!expect) return keep_of_label(expect.error());
    element_.attributes.expect = *expect;
  } else if (key_ == "parent") {
    auto name = parent_name_in(value);
    if (!name) return keep_of_label(name.error());
    element_.parent = *std::move(name);
  } else if (key_ == "note") {
    element_.note = value;
  } else if (!value.empty()) {
    element_.labels.emplace_back(key_, normal_name(value));
  }
  return true;
}

bool Handler::finish_element() {
  if (!element_.has_targets) return refuse_element("has no 'targets'; add an array of strings");
  if (element_.labels_flawed) return true;
  std::ranges::sort(element_.labels);
  element_.attributes.parent = element_.parent;
  element_.attributes.note = element_.note;
  element_.attributes.label_set = builder_.label_set(element_.labels);
  for (const auto& [target, at] : element_.targets) {
    const auto ports = target.port ? std::span(&*target.port, 1) : std::span<const Port>();
    const auto added =
        builder_.add(target.range, ports, element_.attributes, {source_, at.line, at.column});
    if (!went_on(added)) return false;
  }
  return true;
}

bool Handler::parse_error(std::size_t, const std::string&,
                          const nlohmann::detail::exception& error) {
  // Our message has its own place, so drop the library's, which ends with "column N: ".
  std::string_view reason = error.what();
  if (const auto column = reason.find(", column "); column != std::string_view::npos) {
    const auto colon = reason.find(": ", column);
    if (colon != std::string_view::npos) reason.remove_prefix(colon + 2);
  }
  return refuse(cursor_.position(), "not valid JSON: " + escaped(reason, kReasonBytesMax));
}

}  // namespace

Result<void> parse_json(TextInput& input, std::uint16_t source, TableBuilder& builder) {
  JsonCursor cursor(input);
  Handler handler(input.name(), source, cursor, builder);
  const bool complete = Json::sax_parse(JsonIterator(cursor), JsonIterator(), &handler);
  if (cursor.error()) return std::unexpected(*cursor.error());
  if (handler.error()) return std::unexpected(*handler.error());
  ROLLCALL_CHECK(complete);
  return {};
}

}  // namespace rollcall::inventory
