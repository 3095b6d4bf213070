// Does a value obey a schema of an OpenAPI 3.1 document? The keywords that ours uses, and no other:
// an unknown one is a diagnostic too, for it would not be checked.
#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <string>
#include <vector>

namespace rollcall::web {

class SchemaCheck {
 public:
  explicit SchemaCheck(const nlohmann::json& document) : document_(document) {}

  // Nothing when it does.
  std::vector<std::string> diagnostics(const nlohmann::json& schema, const nlohmann::json& value) {
    diagnostics_.clear();
    check(schema, value, "$");
    return diagnostics_;
  }

 private:
  using json = nlohmann::json;

  void diagnostic(const std::string& where, const std::string& what) {
    diagnostics_.push_back(where + ": " + what);
  }

  static bool is_of_type(const std::string& type, const json& value) {
    if (type == "integer") {
      return value.is_number_integer() || (value.is_number_float() && value == value.get<long>());
    }
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
           (type == "number" && value.is_number()) || (type == "null" && value.is_null());
  }

  void check(const json& schema, const json& value, const std::string& where) {
    for (const auto& [keyword, rule] : schema.items()) check(keyword, rule, schema, value, where);
  }

  void check(const std::string& keyword, const json& rule, const json& schema, const json& value,
             const std::string& where) {
    if (keyword == "description") return;
    if (keyword == "$ref") {
      const std::string pointer = rule.get<std::string>().substr(1);
      check(document_.at(json::json_pointer(pointer)), value, where);
    } else if (keyword == "type") {
      const json types = rule.is_array() ? rule : json::array({rule});
      bool fits = false;
      for (const json& type : types) fits = fits || is_of_type(type, value);
      if (!fits) diagnostic(where, fmt::format("{} is not of type {}", value.dump(), rule.dump()));
    } else if (keyword == "enum") {
      bool fits = false;
      for (const json& choice : rule) fits = fits || choice == value;
      if (!fits) diagnostic(where, value.dump() + " is none of " + rule.dump());
    } else if (keyword == "const") {
      if (value != rule) diagnostic(where, value.dump() + " is not " + rule.dump());
    } else if (keyword == "minimum") {
      if (value.is_number() && value < rule) diagnostic(where, value.dump() + " is too small");
    } else if (keyword == "maximum") {
      if (value.is_number() && value > rule) diagnostic(where, value.dump() + " is too large");
    } else if (keyword == "pattern") {
      check_pattern(rule.get<std::string>(), value, where);
    } else if (keyword == "format" && rule == "date-time") {
      check_pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$", value,
                    where);
    } else if (keyword == "items") {
      if (!value.is_array()) return;
      for (std::size_t i = 0; i < value.size(); ++i) {
        check(rule, value[i], fmt::format("{}[{}]", where, i));
      }
    } else if (keyword == "required") {
      for (const json& name : rule) {
        if (value.is_object() && !value.contains(name.get<std::string>())) {
          diagnostic(where, "has no " + name.dump());
        }
      }
    } else if (keyword == "properties" || keyword == "additionalProperties") {
      if (keyword == "properties" || !schema.contains("properties")) {
        check_members(schema, value, where);
      }
    } else if (keyword == "oneOf") {
      check_one_of(rule, value, where);
    } else {
      diagnostic(where, "the schema's keyword " + keyword + " is not checked");
    }
  }

  void check_pattern(const std::string& pattern, const json& value, const std::string& where) {
    if (!value.is_string()) return;
    if (!std::regex_search(value.get<std::string>(), std::regex(pattern))) {
      diagnostic(where, value.dump() + " does not match " + pattern);
    }
  }

  void check_members(const json& schema, const json& value, const std::string& where) {
    if (!value.is_object()) return;
    const json properties = schema.value("properties", json::object());
    const json others = schema.value("additionalProperties", json(true));
    for (const auto& [name, member] : value.items()) {
      const std::string place = where + "." + name;
      if (properties.contains(name)) {
        check(properties.at(name), member, place);
      } else if (others.is_object()) {
        check(others, member, place);
      } else if (others == false) {
        diagnostic(place, "is not in the schema");
      }
    }
  }

  void check_one_of(const json& choices, const json& value, const std::string& where) {
    std::size_t fitting = 0;
    for (const json& choice : choices) {
      if (SchemaCheck(document_).diagnostics(choice, value).empty()) ++fitting;
    }
    if (fitting != 1) diagnostic(where, fmt::format("{} of the schemas fit, not one", fitting));
  }

  const json& document_;
  std::vector<std::string> diagnostics_;
};

}  // namespace rollcall::web
