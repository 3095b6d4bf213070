#include <charconv>
#include <sstream>

#include "cli/doctor/host_facts.h"

namespace rollcall::doctor {
namespace {

constexpr std::string_view kTimeWait = "06";  // TCP_TIME_WAIT, include/net/tcp_states.h
constexpr std::uint32_t kPortMax = 65535;
constexpr std::size_t kReservedMax = 4096;  // ranges; more than any real setting has

std::optional<std::uint32_t> number(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<PortRange> range(std::string_view first, std::string_view last) {
  const auto from = number(first, 10);
  const auto to = number(last, 10);
  if (!from || !to || *from > *to || *to > kPortMax) return std::nullopt;
  return PortRange{*from, *to};
}

}  // namespace

std::optional<PortRange> parse_port_range(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string first;
  std::string last;
  if (!(words >> first >> last)) return std::nullopt;
  return range(first, last);
}

std::vector<PortRange> parse_reserved_ports(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string line;
  lines >> line;
  std::istringstream items{line};
  std::vector<PortRange> ranges;
  for (std::string item; ranges.size() < kReservedMax && std::getline(items, item, ',');) {
    const std::size_t dash = item.find('-');
    const auto parsed = dash == std::string::npos
                            ? range(item, item)
                            : range(item.substr(0, dash), item.substr(dash + 1));
    if (parsed) ranges.push_back(*parsed);
  }
  return ranges;
}

bool any_cpu_in(std::string_view mask) {
  return mask.find_first_of("123456789abcdefABCDEF") != std::string_view::npos;
}

std::vector<Port> ports_in_use(std::istream& table, PortRange ours) {
  std::vector<Port> ports;
  std::string line;
  std::getline(table, line);  // the header
  for (std::size_t i = 0; i < kSocketLinesMax && std::getline(table, line); ++i) {
    std::istringstream columns(line);
    std::string slot;
    std::string local;
    std::string remote;
    std::string state;
    if (!(columns >> slot >> local >> remote >> state) || state == kTimeWait) continue;
    const std::size_t colon = local.rfind(':');
    if (colon == std::string::npos) continue;
    const auto port = number(std::string_view(local).substr(colon + 1), 16);
    if (port && *port >= ours.first && *port <= ours.last && *port <= kPortMax) {
      ports.push_back({static_cast<std::uint16_t>(*port)});
    }
  }
  return ports;
}

std::optional<std::uint64_t> counter_in(std::istream& table, std::string_view section,
                                        std::string_view name) {
  std::string names;
  std::string values;
  while (std::getline(table, names) && std::getline(table, values)) {
    std::istringstream name_words(names);
    std::istringstream value_words(values);
    std::string word;
    std::string value;
    if (!(name_words >> word) || word != section || !(value_words >> value)) continue;
    while (name_words >> word && value_words >> value) {
      std::uint64_t count = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
      if (word == name && error == std::errc()) return count;
    }
  }
  return std::nullopt;
}

std::size_t receiving_sockets(std::istream& table) {
  std::size_t count = 0;
  std::string line;
  std::getline(table, line);
  for (std::size_t i = 0; i < kSocketLinesMax && std::getline(table, line); ++i) {
    std::istringstream columns(line);
    std::string address;
    std::string references;
    std::string type;
    std::string protocol;
    if (columns >> address >> references >> type >> protocol && protocol != "0000") ++count;
  }
  return count;
}

}  // namespace rollcall::doctor
