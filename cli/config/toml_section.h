// TomlSection reads one table of a TOML document key by key. It collects every error with its
// position instead of stopping at the first, and reports keys that the caller never read as
// unknown.
//
// Threading: set-up only.
// Ownership: borrows the document's table and the list of diagnostics, which outlive it.
// Units:     lines and columns from 1.
// Errors:    into the list of diagnostics.
// Cost:      set-up only.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace rollcall::cli {

struct ConfigDiagnostic {
  toml::source_position at;
  std::string what;
};

class TomlSection {
 public:
  // `name` as in "[sweep]"; "" for the document itself.
  TomlSection(const toml::table& table, std::string name,
              std::vector<ConfigDiagnostic>& diagnostics)
      : table_(table), name_(std::move(name)), diagnostics_(diagnostics) {}

  // Each leaves `value` unchanged when the key is absent or wrong.
  void text(const char* key, std::string& value);
  void texts(const char* key, std::vector<std::string>& values);
  void flag(const char* key, bool& value);
  void whole(const char* key, std::int64_t least, std::int64_t most, std::int64_t& value);
  void number(const char* key, double least, double most, double& value);

  bool is_text(const char* key) const { return table_[key].is_string(); }

  // `take` refuses a text with what is wrong and the fix.
  using Take = std::function<Result<void>(const std::string&)>;
  void text(const char* key, const Take& take);
  void texts(const char* key, const Take& take);

  template <typename T>
  void choice(const char* key, T& value,
              const std::vector<std::pair<std::string_view, T>>& choices) {
    std::string words;
    for (const auto& choice : choices) {
      words += (words.empty() ? "" : ", ") + std::string(choice.first);
    }
    text(key, [&](const std::string& text) -> Result<void> {
      for (const auto& [word, meaning] : choices) {
        if (word == text) {
          value = meaning;
          return {};
        }
      }
      return fail(ErrorCode::kInput, "write one of " + words);
    });
  }

  // Reads a table below this one, or each of an array of tables.
  void table(const char* key, const std::function<void(TomlSection&)>& read);
  void tables(const char* key, const std::function<void(TomlSection&)>& read);

  // Reports an error of a key, or of the table when the key is absent.
  void diagnostic(const char* key, std::string what);
  void require(const char* key);

  // Reports every key that was not read. Call it last.
  void finish();

 private:
  const toml::node* find(const char* key);
  void diagnostic_at(const toml::node& node, const char* key, std::string what);
  void take_text(const toml::node& node, const char* key, const Take& take);
  std::string path_of(std::string_view key) const;

  const toml::table& table_;
  std::string name_;
  std::vector<ConfigDiagnostic>& diagnostics_;
  std::vector<std::string> known_;
};

}  // namespace rollcall::cli
