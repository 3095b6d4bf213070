#include "cli/web/api/listing.h"

#include <fmt/format.h>

#include <charconv>
#include <ranges>

namespace rollcall::web {
namespace {

constexpr std::string_view kLabelPrefix = "label.";

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::unexpected<Error> bad_field(std::string_view name, std::string_view wanted) {
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", name, wanted));
}

Result<void> read_states(std::string_view value, FleetFilter& filter) {
  for (const auto part : std::views::split(value, ',')) {
    const auto state = watch::target_state_from(std::string_view(part.begin(), part.end()));
    if (!state) {
      return bad_field("state", "new, up, closed, suspect, missing or never-answered");
    }
    filter.states.push_back(*state);
  }
  return {};
}

Result<void> read_troubles(std::string_view value, FleetFilter& filter) {
  for (const auto part : std::views::split(value, ',')) {
    const std::string_view word(part.begin(), part.end());
    if (word != "any" && word != "none" && !watch::trouble_from(word)) {
      return bad_field("trouble", "any, none, service_down, partial, partial_after_reboot or down");
    }
    filter.troubles.emplace_back(word);
  }
  return {};
}

Result<void> read_place(std::string_view name, std::string_view value, FleetFilter& filter) {
  if (name == "prefix") {
    filter.prefix = parse_prefix(value);
    if (!filter.prefix) return bad_field(name, "a prefix as 10.0.42.0/24, or an address");
  } else {
    filter.address = Address::parse(value);
    if (!filter.address) return bad_field(name, "an address as 10.0.42.7");
  }
  return {};
}

}  // namespace

Result<FleetFilter> read_filter(const Request& request) {
  FleetFilter filter;
  for (const auto& [name, value] : request.query) {
    Result<void> read;
    if (name == "state") read = read_states(value, filter);
    if (name == "trouble") read = read_troubles(value, filter);
    if (name == "address" || name == "prefix") read = read_place(name, value, filter);
    if (name == "group") filter.group = value;
    if (name.starts_with(kLabelPrefix)) {
      filter.labels[name.substr(kLabelPrefix.size())] = value;
    }
    if (!read) return std::unexpected(read.error());
  }
  return filter;
}

Result<std::uint32_t> read_limit(const Request& request, PageLimits limits) {
  const auto text = request.find("limit");
  if (!text) return limits.standard;
  const auto value = whole_number(*text, limits.most);
  if (!value || *value == 0) return bad_field("limit", fmt::format("1 to {}", limits.most));
  return static_cast<std::uint32_t>(*value);
}

Result<std::uint32_t> read_after(const Request& request) {
  const auto text = request.find("after");
  if (!text) return 0;
  const auto value = whole_number(*text, UINT32_MAX);
  if (!value) return bad_field("after", "what \"next\" of the page before said");
  return static_cast<std::uint32_t>(*value);
}

std::optional<AddressRange> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto network = Address::parse(text.substr(0, slash));
  if (!network) return std::nullopt;
  if (slash == std::string_view::npos) return AddressRange{*network, *network};
  const auto bits =
      whole_number(text.substr(slash + 1), static_cast<std::uint64_t>(network->bits()));
  if (!bits) return std::nullopt;
  return range_of_prefix(*network, static_cast<int>(*bits));
}

BodySource body_source_of(Listing listing) {
  return [listing = std::move(listing), is_begun = false, is_first = true,
          element = std::string()](std::string& piece) mutable {
    if (!std::exchange(is_begun, true)) piece += listing.head;
    while (piece.size() < kPieceBytes) {
      element.clear();
      const Listing::Step step = listing.next(element);
      if (step == Listing::Step::kBusy) return true;
      if (step == Listing::Step::kEnd) {
        piece += listing.tail();
        return false;
      }
      if (!listing.is_lines && !is_first) piece += ',';
      is_first = false;
      piece += element;
      if (listing.is_lines) piece += '\n';
    }
    return true;
  };
}

}  // namespace rollcall::web
