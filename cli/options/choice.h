// Adds an option that accepts one of a few words.
//
// Threading: the main thread.
// Ownership: the option refers to `value`, which must outlive parsing.
// Errors:    CLI::ValidationError that lists the words.
#pragma once

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace rollcall::cli {

template <typename T>
CLI::Option* add_choice(CLI::App& command, const std::string& name, T& value,
                        const std::vector<std::pair<std::string, T>>& choices,
                        const std::string& description) {
  std::string words;
  for (const auto& choice : choices) words += (words.empty() ? "" : "|") + choice.first;
  const auto choose = [&value, choices, words, name](const std::string& text) {
    for (const auto& [word, meaning] : choices) {
      if (word == text) {
        value = meaning;
        return;
      }
    }
    throw CLI::ValidationError(name, fmt::format("'{}' is none of {}", text, words));
  };
  return command.add_option_function<std::string>(name, choose, description)->type_name(words);
}

}  // namespace rollcall::cli
