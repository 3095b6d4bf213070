#include "engine/inventory/parse/parse_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <expected>

#include "engine/inventory/load.h"
#include "engine/inventory/scope.h"

namespace rollcall::inventory {
namespace {

// The value of `text` if it is all decimal digits, saturated; else nullopt.
std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, status] = std::from_chars(begin, end, value);
  if (stop != end || status == std::errc::invalid_argument) return std::nullopt;
  return status == std::errc::result_out_of_range ? UINT32_MAX : value;
}

Parsed<Port> port_in(std::string_view text) {
  if (text.empty()) return flawed(0, "the port is empty; ports are numbers from 1 to 65535");
  const auto number = number_in(text);
  if (!number || *number == 0 || *number > 65535) {
    return flawed(0, in_quotes(text) + " is not a port; ports are numbers from 1 to 65535");
  }
  return Port{static_cast<std::uint16_t>(*number)};
}

// Parses one item of a port list (PORT or FIRST-LAST), and appends it to `ports`.
std::optional<Diagnostic> append_ports(std::string_view item, std::vector<Port>& ports) {
  const std::size_t dash = item.find('-');
  const auto first = port_in(item.substr(0, dash));
  if (!first) return first.error();
  if (dash == std::string_view::npos) {
    ports.push_back(*first);
    return std::nullopt;
  }
  const auto last = port_in(item.substr(dash + 1));
  if (!last) return Diagnostic{dash + 1, last.error().what};
  if (*last < *first) {
    return Diagnostic{
        0, fmt::format("the port range is reversed; write {}-{}", last->value, first->value)};
  }
  for (std::uint32_t port = first->value; port <= last->value; ++port) {
    ports.push_back(Port{static_cast<std::uint16_t>(port)});
  }
  return std::nullopt;
}

// The prefix length of ::ffff:0:0/96, which holds all IPv4 addresses (RFC 4291 section 2.5.5.2).
constexpr std::uint32_t kMappedBits = 96;

std::string in_ipv6_form(std::string_view text, std::string_view plain) {
  return fmt::format("{} is an IPv4 address in IPv6 form; write {}", in_quotes(text), plain);
}

std::string not_an_address(std::string_view text) {
  if (text.empty()) return "the address is empty; write one like 192.0.2.1 or 2001:db8::1";
  if (const auto v4 = Address::parse_mapped(text)) return in_ipv6_form(text, v4->to_string());
  if (std::ranges::count(text, ':') > 1) {
    return in_quotes(text) + " is not an IPv6 address; with a port it is written [2001:db8::1]:80";
  }
  return in_quotes(text) +
         " is not an IP address; write one like 192.0.2.1 (names are not resolved)";
}

Parsed<AddressRange> prefix_in(std::string_view text, std::size_t slash) {
  const auto network = Address::parse(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  const auto bits = number_in(length);
  if (!network) {
    const auto v4 = Address::parse_mapped(text.substr(0, slash));
    if (!v4 || !bits || *bits < kMappedBits || *bits > 128) {
      return flawed(0, not_an_address(text.substr(0, slash)));
    }
    return flawed(0,
                  in_ipv6_form(text, fmt::format("{}/{}", v4->to_string(), *bits - kMappedBits)));
  }
  if (!bits || *bits > static_cast<std::uint32_t>(network->bits())) {
    return flawed(slash + 1,
                  fmt::format("{} is not a prefix length; {} takes 0 to {}", in_quotes(length),
                              network->is_v4() ? "IPv4" : "IPv6", network->bits()));
  }
  const AddressRange range = range_of_prefix(*network, static_cast<int>(*bits));
  if (range.first != *network) {
    return flawed(
        0, fmt::format("{} is inside a network, not the start of one; write {}/{} for the "
                       "network or {} for the address",
                       in_quotes(text), range.first.to_string(), *bits, network->to_string()));
  }
  return range;
}

Parsed<AddressRange> first_last_in(std::string_view text, std::size_t dash) {
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = Address::parse(text.substr(0, dash));
  const auto last = Address::parse(last_text);
  if (!first) return flawed(0, not_an_address(last ? text.substr(0, dash) : text));
  if (!last) {
    const bool short_form = first->is_v4() && number_in(last_text).has_value();
    return flawed(dash + 1, short_form ? in_quotes(last_text) +
                                             " is not an IP address; write the last "
                                             "address of the range in full"
                                       : not_an_address(last_text));
  }
  if (first->is_v4() != last->is_v4()) {
    return flawed(dash + 1, in_quotes(text) + " mixes IPv4 and IPv6; write two ranges");
  }
  if (*last < *first) {
    return flawed(0, fmt::format("the range is reversed; write {}-{}", last->to_string(),
                                 first->to_string()));
  }
  return AddressRange{*first, *last};
}

// Parses HOST:PORT with the colon at `colon`, or HOST alone when `colon` is npos.
Parsed<ParsedTarget> host_and_port_in(std::string_view text, std::size_t colon) {
  const auto range = range_in(text.substr(0, colon));
  if (!range) return std::unexpected(range.error());
  if (colon == std::string_view::npos) return ParsedTarget{*range, std::nullopt};
  const auto port = port_in(text.substr(colon + 1));
  if (!port) return flawed(colon + 1 + port.error().offset, port.error().what);
  return ParsedTarget{*range, *port};
}

// Parses [HOST] or [HOST]:PORT.
Parsed<ParsedTarget> bracketed_in(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos) return flawed(0, "the '[' is never closed; add a ']'");
  const auto range = range_in(text.substr(1, close - 1));
  if (!range) return flawed(1 + range.error().offset, range.error().what);
  const std::string_view rest = text.substr(close + 1);
  if (rest.empty()) return ParsedTarget{*range, std::nullopt};
  if (rest.front() != ':') {
    return flawed(close + 1, in_quotes(rest) + " after ']'; only :PORT may follow");
  }
  const auto port = port_in(rest.substr(1));
  if (!port) return flawed(close + 2 + port.error().offset, port.error().what);
  return ParsedTarget{*range, *port};
}

template <typename T>
Result<T> with_column(Parsed<T> parsed) {
  if (parsed) return *std::move(parsed);
  const Diagnostic& diagnostic = parsed.error();
  return fail(ErrorCode::kInput,
              fmt::format("column {}: {}", diagnostic.offset + 1, diagnostic.what));
}

}  // namespace

Parsed<ParsedTarget> target_in(std::string_view text) {
  if (text.starts_with('[')) return bracketed_in(text);
  // Two or more colons mean IPv6. Its last group could look like a port, so a port needs brackets.
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
  return host_and_port_in(text, has_port ? colon : std::string_view::npos);
}

Parsed<AddressRange> range_in(std::string_view text) {
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    return first_last_in(text, dash);
  }
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    return prefix_in(text, slash);
  }
  const auto address = Address::parse(text);
  if (!address) return flawed(0, not_an_address(text));
  return AddressRange{*address, *address};
}

Parsed<std::vector<Port>> ports_in(std::string_view text) {
  if (trimmed(text).empty()) return flawed(0, "the port list is empty; write one like 80;443");
  std::vector<Port> ports;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(";,", start), text.size());
    const std::string_view padded = text.substr(start, end - start);
    const std::string_view item = trimmed(padded);
    if (const auto diagnostic = append_ports(item, ports)) {
      const std::size_t padding =
          item.empty() ? 0 : static_cast<std::size_t>(item.data() - padded.data());
      return flawed(start + padding + diagnostic->offset, diagnostic->what);
    }
    start = end + 1;
  }
  std::ranges::sort(ports);
  ports.erase(std::ranges::unique(ports).begin(), ports.end());
  return ports;
}

Result<std::vector<Port>> parse_ports(std::string_view text) {
  return with_column(ports_in(text));
}

Result<AddressRange> parse_range(std::string_view text) {
  return with_column(range_in(text));
}

Result<CanaryAddress> parse_canary(std::string_view text, CanaryKind kind) {
  const auto target = with_column(target_in(text));
  if (!target) return std::unexpected(target.error());
  if (target->range.size() != 1 || !target->port) {
    return fail(
        ErrorCode::kInput,
        fmt::format("'{}' is not ADDRESS:PORT; a canary is one address with its port", text));
  }
  if (const auto why = refusal(target->range)) {
    return fail(ErrorCode::kInput, fmt::format("{} is {}, and may not be asked", text, *why));
  }
  return CanaryAddress{target->range.first, *target->port, kind};
}

}  // namespace rollcall::inventory
