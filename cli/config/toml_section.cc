#include "cli/config/toml_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text/masked_url.h"
#include "engine/inventory/text/closest_match.h"
#include "engine/inventory/text/diagnostic.h"

namespace rollcall::cli {
namespace {

using inventory::in_quotes;

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or a time";
  }
}

}  // namespace

std::string TomlSection::path_of(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

const toml::node* TomlSection::find(const char* key) {
  known_.emplace_back(key);
  return table_.get(key);
}

void TomlSection::diagnostic_at(const toml::node& node, const char* key, std::string what) {
  diagnostics_.push_back({node.source().begin, fmt::format("{}: {}", path_of(key), what)});
}

void TomlSection::diagnostic(const char* key, std::string what) {
  const toml::node* node = table_.get(key);
  diagnostic_at(node != nullptr ? *node : table_, key, std::move(what));
}

void TomlSection::require(const char* key) {
  if (table_.get(key) == nullptr) diagnostic(key, "is missing");
}

void TomlSection::take_text(const toml::node& node, const char* key, const Take& take) {
  const auto* text = node.as_string();
  if (text == nullptr) {
    return diagnostic_at(node, key,
                         fmt::format("a text in quotes is wanted, not {}", kind_of(node)));
  }
  // These texts reach logs, alerts and terminals.
  if (const auto unclean = inventory::text_diagnostic(text->get())) {
    return diagnostic_at(node, key, "holds a control character");
  }
  if (const auto taken = take(text->get()); !taken) {
    // Masks a refused URL, because it may hold a secret: that is often why it is refused.
    diagnostic_at(node, key,
                  fmt::format("{}: {}", in_quotes(masked_url(text->get())), taken.error().context));
  }
}

void TomlSection::text(const char* key, const Take& take) {
  if (const toml::node* node = find(key)) take_text(*node, key, take);
}

void TomlSection::text(const char* key, std::string& value) {
  text(key, [&](const std::string& text) -> Result<void> {
    value = text;
    return {};
  });
}

void TomlSection::texts(const char* key, const Take& take) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* array = node->as_array();
  if (array == nullptr) {
    return diagnostic_at(*node, key,
                         fmt::format("[\"an\", \"array\"] is wanted, not {}", kind_of(*node)));
  }
  for (const toml::node& element : *array) take_text(element, key, take);
}

void TomlSection::texts(const char* key, std::vector<std::string>& values) {
  texts(key, [&](const std::string& text) -> Result<void> {
    if (text.empty()) return fail(ErrorCode::kInput, "is empty");
    values.push_back(text);
    return {};
  });
}

void TomlSection::flag(const char* key, bool& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* flag = node->as_boolean();
  if (flag == nullptr) {
    return diagnostic_at(*node, key,
                         fmt::format("true or false is wanted, not {}", kind_of(*node)));
  }
  value = flag->get();
}

void TomlSection::whole(const char* key, std::int64_t least, std::int64_t most,
                        std::int64_t& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* number = node->as_integer();
  if (number == nullptr || number->get() < least || number->get() > most) {
    return diagnostic_at(*node, key,
                         fmt::format("a whole number from {} to {} is wanted", least, most));
  }
  value = number->get();
}

void TomlSection::number(const char* key, double least, double most, double& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto number = node->value<double>();  // converts a whole number too
  if (!node->is_number() || !number || !(*number >= least && *number <= most)) {
    return diagnostic_at(*node, key, fmt::format("a number from {} to {} is wanted", least, most));
  }
  value = *number;
}

void TomlSection::table(const char* key, const std::function<void(TomlSection&)>& read) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* below = node->as_table();
  if (below == nullptr) {
    return diagnostic_at(
        *node, key, fmt::format("a table, [{}], is wanted, not {}", path_of(key), kind_of(*node)));
  }
  TomlSection section(*below, path_of(key), diagnostics_);
  read(section);
  section.finish();
}

void TomlSection::tables(const char* key, const std::function<void(TomlSection&)>& read) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* array = node->as_array();
  const auto is_table = [](const toml::node& element) { return element.is_table(); };
  if (array == nullptr || !std::all_of(array->begin(), array->end(), is_table)) {
    return diagnostic_at(
        *node, key,
        fmt::format("tables, [[{}]], are wanted, not {}", path_of(key), kind_of(*node)));
  }
  for (const toml::node& element : *array) {
    TomlSection section(*element.as_table(), path_of(key), diagnostics_);
    read(section);
    section.finish();
  }
}

void TomlSection::finish() {
  for (const auto& [key, node] : table_) {
    const std::string_view name = key.str();
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const auto near = inventory::closest_match(name, known_);
    const std::string fix = near ? fmt::format("; did you mean '{}'?", *near) : "";
    diagnostics_.push_back(
        {key.source().begin, fmt::format("unknown key {}{}", in_quotes(path_of(name)), fix)});
  }
}

}  // namespace rollcall::cli
