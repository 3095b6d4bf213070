#include "capture/pcap_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <optional>

namespace rollcall::capture {
namespace {

// Ethernet 14, VLAN 4, IPv6 40, ICMPv6 8, quoted IPv6 40 and 8 bytes of TCP: 114.
constexpr int kSnapLength = 128;
// The kernel delivers a block that is not full after this long; frames carry their own time stamps.
constexpr int kBlockTimeoutMs = 10;

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, CloseHandle>;

std::optional<packet::LinkType> link_type_of(pcap_t* handle) {
  switch (pcap_datalink(handle)) {
    case DLT_EN10MB:
      return packet::LinkType::kEthernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return packet::LinkType::kRawIp;
    case DLT_LINUX_SLL:  // PPP, GRE and other links with a header that libpcap does not read
      return packet::LinkType::kLinuxCooked;
    case DLT_LINUX_SLL2:
      return packet::LinkType::kLinuxCooked2;
    default:
      return std::nullopt;
  }
}

class PcapSource final : public PacketSource {
 public:
  PcapSource(Handle handle, packet::LinkType link) : handle_(std::move(handle)), link_(link) {}

  bool dispatch(FrameHandler& handler) noexcept override {
    handler_ = &handler;
    return pcap_dispatch(handle_.get(), -1, &PcapSource::on_packet,
                         reinterpret_cast<u_char*>(this)) >= 0;
  }
  int wait_fd() const noexcept override { return pcap_get_selectable_fd(handle_.get()); }
  SourceStats stats() noexcept override {
    pcap_stat stat{};
    // The kernel resets PACKET_STATISTICS at each reading; libpcap accumulates the values.
    if (pcap_stats(handle_.get(), &stat) == 0) last_.ring_drops = stat.ps_drop;
    return last_;
  }
  std::string failure() const override { return pcap_geterr(handle_.get()); }

 private:
  static void on_packet(u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
    auto* source = reinterpret_cast<PcapSource*>(self);
    // tv_usec holds nanoseconds: PCAP_TSTAMP_PRECISION_NANO.
    const WallTime at(std::chrono::seconds(header->ts.tv_sec) + Duration(header->ts.tv_usec));
    source->handler_->on_frame(std::as_bytes(std::span(bytes, header->caplen)), source->link_, at);
  }

  Handle handle_;
  packet::LinkType link_;
  FrameHandler* handler_ = nullptr;
  SourceStats last_;
};

Error pcap_failure(int status, pcap_t* handle, const PcapOptions& options) {
  if (status == PCAP_ERROR_PERM_DENIED) {
    return {
        ErrorCode::kPermission, 0,
        fmt::format("not permitted to capture on {}: cap_net_raw is missing", options.interface)};
  }
  if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
    return {ErrorCode::kPath, 0, fmt::format("no interface named {}", options.interface)};
  }
  return {ErrorCode::kSystem, 0,
          fmt::format("cannot capture on {}: {} ({})", options.interface, pcap_statustostr(status),
                      pcap_geterr(handle))};
}

Result<Handle> activate(const PcapOptions& options) {
  char reason[PCAP_ERRBUF_SIZE] = "";
  Handle handle(pcap_create(options.interface.c_str(), reason));
  if (!handle) return fail(ErrorCode::kSystem, fmt::format("cannot open libpcap: {}", reason));
  pcap_set_snaplen(handle.get(), kSnapLength);
  pcap_set_promisc(handle.get(), 0);
  pcap_set_timeout(handle.get(), kBlockTimeoutMs);
  pcap_set_buffer_size(handle.get(), static_cast<int>(options.ring_bytes));
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  // A positive status is a warning: the handle works.
  if (const int status = pcap_activate(handle.get()); status < 0) {
    return std::unexpected(pcap_failure(status, handle.get(), options));
  }
  // An outgoing frame is never a reply. Without this option the kernel copies each RST that it
  // sends, and the filter must refuse it. Kernels before 4.20 lack the option.
  const int yes = 1;
  setsockopt(pcap_fileno(handle.get()), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
  if (pcap_setnonblock(handle.get(), 1, reason) != 0) {
    return fail(ErrorCode::kSystem,
                fmt::format("cannot make the capture non-blocking: {}", reason));
  }
  return handle;
}

// Only this link type carries the interface index, which the filter uses.
Result<void> choose_link_type(pcap_t* handle, const PcapOptions& options) {
  if (options.interface != kEveryInterface) return {};
  if (pcap_set_datalink(handle, DLT_LINUX_SLL2) == 0) return {};
  return fail(ErrorCode::kSystem,
              fmt::format("libpcap cannot capture on every interface: {}", pcap_geterr(handle)));
}

Result<void> set_filter(pcap_t* handle, const PcapOptions& options) {
  const std::string text = filter_text(options);
  bpf_program program{};
  if (pcap_compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(ErrorCode::kSystem,
                fmt::format("libpcap refuses the filter '{}': {}", text, pcap_geterr(handle)));
  }
  const int status = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (status != 0) {
    return fail(ErrorCode::kSystem,
                fmt::format("cannot set the filter '{}': {}", text, pcap_geterr(handle)));
  }
  return {};
}

}  // namespace

std::string filter_text(const PcapOptions& options) {
  std::vector<std::string> hosts;
  for (const Address& self : options.self) hosts.push_back("dst host " + self.to_string());
  std::string elsewhere;
  for (const std::uint32_t index : options.not_on)
    elsewhere += fmt::format("not ifindex {} and ", index);
  // tcp[13] is the flag byte. ip6 has no such accessor, so it is byte 53 from the IPv6 header. All
  // replies of interest have ACK (0x10) set: SYN-ACK 0x12, RST with ACK 0x14, bare ACK 0x10.
  return fmt::format(
      "{}({}) and ((tcp and dst portrange {}-{} and (tcp[13] & 0x10 != 0 or ip6[53] & 0x10 != 0)) "
      "or icmp[0] = 3 or (icmp6 and ip6[40] = 1))",
      elsewhere, fmt::join(hosts, " or "), options.first_port.value, options.last_port.value);
}

Result<std::unique_ptr<PacketSource>> open_pcap_source(const PcapOptions& options) {
  auto handle = activate(options);
  if (!handle) return std::unexpected(handle.error());
  if (auto chosen = choose_link_type(handle->get(), options); !chosen) {
    return std::unexpected(chosen.error());
  }
  if (auto filtered = set_filter(handle->get(), options); !filtered) {
    return std::unexpected(filtered.error());
  }
  const auto link = link_type_of(handle->get());
  if (!link) {
    return fail(ErrorCode::kPath,
                fmt::format("{} has a link layer that is not understood (libpcap type {})",
                            options.interface, pcap_datalink(handle->get())));
  }
  return std::make_unique<PcapSource>(std::move(*handle), *link);
}

}  // namespace rollcall::capture
