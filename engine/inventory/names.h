// Numbers distinct values (group names, label sets) in order of first appearance.
//
// Threading: not thread-safe.
// Ownership: owns the values until take() hands them over.
// Units:     ids are dense from 0.
// Cost:      one hash look-up; a copy only of values not seen before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/inventory/target_table.h"

namespace rollcall::inventory {

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name);
  }
  std::size_t operator()(const LabelSet& labels) const {
    std::size_t hash = labels.size();
    for (const auto& [column, value] : labels) {
      hash = (hash ^ operator()(column)) * 0x9e3779b97f4a7c15;
      hash = (hash ^ operator()(value)) * 0x9e3779b97f4a7c15;
    }
    return hash;
  }
};

template <typename Value>
class Names {
 public:
  template <typename View>
  std::uint32_t id_of(const View& value) {
    const auto known = ids_.find(value);
    if (known != ids_.end()) return known->second;
    const auto id = static_cast<std::uint32_t>(ids_.size());
    ids_.emplace(value, id);
    return id;
  }

  // Moves the values out, by id; the container is empty afterwards.
  std::vector<Value> take() {
    std::vector<Value> values(ids_.size());
    while (!ids_.empty()) {
      auto node = ids_.extract(ids_.begin());
      values[node.mapped()] = std::move(node.key());
    }
    return values;
  }

 private:
  std::unordered_map<Value, std::uint32_t, NameHash, std::equal_to<>> ids_;
};

}  // namespace rollcall::inventory
