// One table of a TOML document, read key by key: what is not asked for is unknown, and everything
// wrong is collected with its place instead of ending the reading.
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

  // Each leaves `value` alone when the key is absent or wrong.
  void text(const char* key, std::string& value);
  void texts(const char* key, std::vector<std::string>& values);
  void flag(const char* key, bool& value);
  void whole(const char* key, std::int64_t least, std::int64_t most, std::int64_t& value);
  void number(const char* key, double least, double most, double& value);

  bool is_text(const char* key) const { return table_[key].is_string(); }

  // A text that `take` refuses with what is wrong and the mend.
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

  // A table below this one, or each of an array of tables.
  void table(const char* key, const std::function<void(TomlSection&)>& read);
  void tables(const char* key, const std::function<void(TomlSection&)>& read);

  // Something is wrong with a key, or, when it is absent, with the table.
  void diagnostic(const char* key, std::string what);
  void require(const char* key);

  // Every key that was not asked for is a diagnostic. Call it last.
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
