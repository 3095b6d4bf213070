#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/inventory/import/source.h"
#include "engine/inventory/scope.h"
#include "engine/inventory/text/closest_match.h"
#include "engine/inventory/text/diagnostic.h"
#include "engine/inventory/text/json_document.h"

namespace rollcall::inventory {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSuggestionsMax = 3;
constexpr std::size_t kNameBytesMax = 40;

std::unexpected<Error> misshapen(const WholeFile& file, std::string_view where,
                                 std::string_view what) {
  return fail(ErrorCode::kInput,
              fmt::format("{}: {} {}; give the output of `ip -j addr`", file.name, where, what));
}

// `ip -br -j addr` prints no scopes, so link-local or temporary addresses cannot be recognised.
bool is_brief(const Json& interface, const Json& info) {
  return !interface.contains("flags") && !interface.contains("ifindex") && info.contains("local") &&
         !info.contains("scope") && !info.contains("family");
}

bool is_down(const Json& interface) {
  if (string_at(interface, "operstate") == "DOWN") return true;
  const auto flags = interface.find("flags");
  return flags != interface.end() && flags->is_array() &&
         std::ranges::find(*flags, Json("UP")) == flags->end();
}

// The purpose of interfaces with well-known name prefixes; "" for all others.
std::string_view purpose_of(std::string_view name) {
  struct Known {
    std::string_view start;
    std::string_view purpose;
  };
  static constexpr std::string_view kInner = "for containers or virtual machines on that host";
  static constexpr std::string_view kTunnel = "a tunnel";
  static constexpr Known kKnown[] = {{"docker", kInner}, {"br-", kInner},       {"virbr", kInner},
                                     {"podman", kInner}, {"cni", kInner},       {"lxc", kInner},
                                     {"lxd", kInner},    {"flannel", kInner},   {"cali", kInner},
                                     {"wg", kTunnel},    {"tun", kTunnel},      {"tap", kTunnel},
                                     {"ppp", kTunnel},   {"tailscale", kTunnel}};
  const auto known = std::ranges::find_if(
      kKnown, [name](const Known& each) { return name.starts_with(each.start); });
  return known == std::end(kKnown) ? "" : known->purpose;
}

// The reason why an address of an interface is not imported; "" if it is.
std::string_view reason_to_skip(const Json& info, const Address& address) {
  if (string_at(info, "scope") != "global") return "not of global scope";
  if (is_set(info, "dadfailed")) return "duplicate address detection failed";
  // RFC 8981: a temporary address disappears within a day, and would then cause a false alarm.
  if (is_set(info, "temporary")) return "temporary";
  return refusal({address, address}) ? "never to be asked" : "";
}

class IpAddrReader {
 public:
  IpAddrReader(const WholeFile& file, const std::vector<std::string>& interfaces)
      : file_(file), wanted_(interfaces) {}

  Result<std::vector<ImportedTarget>> run();
  std::vector<std::string> remarks() const;

 private:
  // The number of addresses taken from an interface, and the facts that make it unusual.
  struct Taken {
    std::uint64_t addresses = 0;
    std::string_view purpose;
    bool is_down = false;
  };

  Result<void> read_interface(std::size_t number, const Json& interface);
  Result<void> read_address(std::string_view where, const Json& info, Taken& taken);
  Result<void> require_interfaces() const;

  const WholeFile& file_;
  const std::vector<std::string>& wanted_;
  std::set<std::string, std::less<>> seen_;
  std::vector<ImportedTarget> targets_;
  std::map<std::string_view, std::uint64_t> skipped_;
  std::map<std::string, Taken, std::less<>> taken_;  // by interface
};

Result<std::vector<ImportedTarget>> IpAddrReader::run() {
  const auto document = json_document(file_.name, file_.text);
  if (!document) return std::unexpected(document.error());
  if (!document->is_array()) return misshapen(file_, "the document", "is no array");
  for (std::size_t i = 0; i < document->size(); ++i) {
    if (const auto read = read_interface(i + 1, (*document)[i]); !read) {
      return std::unexpected(read.error());
    }
  }
  if (const auto present = require_interfaces(); !present) return std::unexpected(present.error());
  return std::move(targets_);
}

Result<void> IpAddrReader::read_interface(std::size_t number, const Json& interface) {
  const std::string where = fmt::format("element {}", number);
  if (!interface.is_object()) return misshapen(file_, where, "is no object");
  // ip(8) prints an empty object for each interface that its own filter removed.
  if (interface.empty()) return {};
  const std::string_view name = string_at(interface, "ifname");
  if (name.empty()) return misshapen(file_, where, "has no 'ifname'");
  seen_.emplace(name);
  if (!wanted_.empty() && std::ranges::find(wanted_, name) == wanted_.end()) return {};
  const auto infos = interface.find("addr_info");
  if (infos == interface.end()) return misshapen(file_, where, "has no 'addr_info'");
  if (!infos->is_array()) return misshapen(file_, where, "has an 'addr_info' that is no array");
  Taken taken{.purpose = purpose_of(name), .is_down = is_down(interface)};
  for (const Json& info : *infos) {
    if (info.is_object() && is_brief(interface, info)) {
      return fail(ErrorCode::kInput,
                  fmt::format("{}: this is the output of `ip -br -j addr`, which leaves out the "
                              "scopes of addresses; give that of `ip -j addr`",
                              file_.name));
    }
    if (const auto read = read_address(where, info, taken); !read) return read;
  }
  if (taken.addresses > 0) taken_[std::string(name)] = taken;
  return {};
}

Result<void> IpAddrReader::read_address(std::string_view where, const Json& info, Taken& taken) {
  if (!info.is_object()) return misshapen(file_, where, "has an 'addr_info' without objects");
  if (info.empty()) return {};
  const std::string_view family = string_at(info, "family");
  if (family != "inet" && family != "inet6") return {};
  const std::string_view text = string_at(info, "local");
  const auto address = Address::parse(text);
  if (!address) {
    return misshapen(file_, where, fmt::format("has a local address {}", in_quotes(text)));
  }
  const std::string_view reason = reason_to_skip(info, *address);
  if (reason.empty()) {
    targets_.push_back({*address, {}, {}});
    ++taken.addresses;
  } else {
    ++skipped_[reason];
  }
  return {};
}

Result<void> IpAddrReader::require_interfaces() const {
  const std::vector<std::string> known(seen_.begin(), seen_.end());
  for (const std::string& name : wanted_) {
    if (seen_.contains(name)) continue;
    std::vector<std::string> suggestions;
    for (const std::string_view near : nearest(name, known, kSuggestionsMax)) {
      suggestions.push_back(in_quotes(near));
    }
    return fail(
        ErrorCode::kInput,
        fmt::format("{}: no interface {}; it has {}", file_.name, in_quotes(name),
                    known.empty() ? "none" : fmt::format("{}", fmt::join(suggestions, ", "))));
  }
  return {};
}

// Reports each interface that the operator did not choose, with the facts against it: from now on
// the inventory claims that its addresses are hosted.
std::vector<std::string> IpAddrReader::remarks() const {
  std::vector<std::string> notes;
  for (const auto& [name, taken] : taken_) {
    const bool is_odd = taken.is_down || !taken.purpose.empty();
    if (wanted_.empty() ? taken_.size() == 1 && !is_odd : !taken.is_down) continue;
    std::string note = fmt::format("took {} address{} of {}", taken.addresses,
                                   taken.addresses == 1 ? "" : "es", escaped(name, kNameBytesMax));
    if (!taken.purpose.empty()) note += fmt::format(", by its name {}", taken.purpose);
    if (taken.is_down) note += ", which is DOWN";
    if (wanted_.empty() && is_odd) note += "; --interface chooses others";
    notes.push_back(std::move(note));
  }
  for (const auto& [reason, count] : skipped_) {
    notes.push_back(
        fmt::format("left out {} address{}: {}", count, count == 1 ? "" : "es", reason));
  }
  return notes;
}

}  // namespace

Result<Imported> import_ip_addr(const WholeFile& file, std::string_view group,
                                const std::vector<std::string>& interfaces) {
  IpAddrReader reader(file, interfaces);
  auto targets = reader.run();
  if (!targets) return std::unexpected(targets.error());
  if (targets->empty()) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: no global unicast address{}; nothing to import", file.name,
                            interfaces.empty() ? "" : " on the chosen interfaces"));
  }
  return Imported{{{std::string(group), *std::move(targets), {}, {}}}, reader.remarks()};
}

}  // namespace rollcall::inventory
