#include "cli/run/lanes.h"

#include <net/if.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <tuple>

#include "capture/pcap_source.h"
#include "engine/send/mmsg_sink.h"
#include "engine/send/transmit_socket.h"
#include "engine/send/uring_sink.h"

namespace rollcall::cli {
namespace {

using send::NextHop;
using SinkPtr = std::unique_ptr<send::PacketSink>;

// Hops with equal keys share a socket.
struct SocketKey {
  std::uint32_t interface_index;
  bool packet_socket;
  bool v4;
  bool operator==(const SocketKey&) const = default;
};

Result<SinkPtr> open_packet_lane(const NextHop& hop, LaneChoice choice) {
  auto socket = send::open_packet_socket(hop);
  if (!socket) return std::unexpected(socket.error());
  if (choice != LaneChoice::kUring) return std::make_unique<send::MmsgSink>(std::move(*socket));
  auto uring = send::UringSink::create(*socket);
  if (!uring) return std::unexpected(uring.error());
  return std::move(*uring);
}

Result<SinkPtr> open_sink(const NextHop& hop, bool packet_socket, LaneChoice choice) {
  if (packet_socket) return open_packet_lane(hop, choice);
  auto socket = send::open_raw_ip_socket(hop);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<send::RawIpSink>(std::move(*socket));
}

std::string join_lane_names(const std::vector<SinkPtr>& sinks) {
  std::vector<std::string_view> seen;
  std::string name;
  for (const SinkPtr& sink : sinks) {
    if (std::ranges::find(seen, sink->lane()) != seen.end()) continue;
    seen.push_back(sink->lane());
    name += (name.empty() ? "" : "+") + std::string(sink->lane());
  }
  return name;
}

}  // namespace

Result<Lanes> open_lanes(const send::RoutePlan& routes, LaneChoice choice) {
  Lanes lanes;
  std::vector<SocketKey> keys;  // keys[i] belongs to lanes.sinks[i]
  for (const NextHop& hop : routes.hops()) {
    const bool packet_socket = hop.uses_packet_socket() && choice != LaneChoice::kIp;
    const SocketKey key{hop.interface_index, packet_socket, hop.self.is_v4()};
    const auto known = std::ranges::find(keys, key);
    lanes.sink_of_hop.push_back(static_cast<std::size_t>(known - keys.begin()));
    if (known != keys.end()) continue;
    auto sink = open_sink(hop, packet_socket, choice);
    if (!sink) return std::unexpected(sink.error());
    keys.push_back(key);
    lanes.has_raw_ip |= !packet_socket;
    lanes.sinks.push_back(std::move(*sink));
  }
  lanes.name = join_lane_names(lanes.sinks);
  return lanes;
}

std::vector<std::string> interfaces_of(const send::RoutePlan& routes) {
  std::vector<std::string> names;
  for (const NextHop& hop : routes.hops()) {
    if (std::ranges::find(names, hop.interface) == names.end()) names.push_back(hop.interface);
  }
  return names;
}

namespace {

namespace fs = std::filesystem;

// Replies rarely arrive on another interface, so this ring is small.
constexpr std::size_t kRingBytesElsewhere = std::size_t{4} << 20;

// Adds the interfaces stacked below or above `name`, such as a bridge's ports. The kernel shows the
// same frame to captures on each of them, and `name` already has its own capture.
void add_stacked(const std::string& name, std::string_view direction, std::set<std::string>& seen) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/sys/class/net/" + name, error)) {
    const std::string file = entry.path().filename();
    if (!file.starts_with(direction)) continue;
    const std::string other = file.substr(direction.size());
    if (seen.insert(other).second) add_stacked(other, direction, seen);
  }
}

// The interfaces that the extra capture skips. lo is one of them, because its frames come from this
// host. An example is a RST that the host's own firewall sends with a target's source address.
std::vector<std::uint32_t> heard_already(const std::vector<std::string>& planned) {
  std::set<std::string> names{"lo"};
  for (const std::string& interface : planned) {
    names.insert(interface);
    add_stacked(interface, "lower_", names);
    add_stacked(interface, "upper_", names);
  }
  std::vector<std::uint32_t> indices;
  for (const std::string& name : names) {
    if (const std::uint32_t index = if_nametoindex(name.c_str()); index != 0) {
      indices.push_back(index);
    }
  }
  return indices;
}

}  // namespace

Result<std::vector<std::unique_ptr<capture::PacketSource>>> open_captures(
    const send::RoutePlan& routes, const packet::PortSchedule& ports, std::size_t ring_bytes) {
  capture::PcapOptions options{
      .first_port = ports.base(), .last_port = ports.last(), .ring_bytes = ring_bytes};
  for (const NextHop& hop : routes.hops()) {
    if (std::ranges::find(options.self, hop.self) == options.self.end()) {
      options.self.push_back(hop.self);
    }
  }
  std::vector<std::unique_ptr<capture::PacketSource>> sources;
  for (const std::string& interface : interfaces_of(routes)) {
    options.interface = interface;
    auto source = capture::open_pcap_source(options);
    if (!source) return std::unexpected(source.error());
    sources.push_back(std::move(*source));
  }
  options.interface = capture::kEveryInterface;
  options.not_on = heard_already(interfaces_of(routes));
  options.ring_bytes = std::min(ring_bytes, kRingBytesElsewhere);
  auto elsewhere = capture::open_pcap_source(options);
  if (!elsewhere) return std::unexpected(elsewhere.error());
  sources.push_back(std::move(*elsewhere));
  return sources;
}

}  // namespace rollcall::cli
