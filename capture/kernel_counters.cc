#include "capture/kernel_counters.h"

#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <netlink/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

namespace rollcall::capture {
namespace {

// One line a processor, of 15 columns at most: enough for some 400 processors.
constexpr std::size_t kSoftnetBytesMax = 64 << 10;

struct PutLink {
  void operator()(rtnl_link* link) const { rtnl_link_put(link); }
};
struct FreeCache {
  void operator()(nl_cache* cache) const { nl_cache_free(cache); }
};

std::uint64_t sum_of(rtnl_link* link, std::initializer_list<rtnl_link_stat_id_t> stats) {
  std::uint64_t sum = 0;
  for (const rtnl_link_stat_id_t stat : stats) sum += rtnl_link_get_stat(link, stat);
  return sum;
}

Duration clock_of(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
}

}  // namespace

std::uint64_t backlog_drops_in(std::string_view softnet_stat) {
  std::uint64_t total = 0;
  while (!softnet_stat.empty()) {
    const std::string_view line = softnet_stat.substr(0, softnet_stat.find('\n'));
    softnet_stat.remove_prefix(std::min(line.size() + 1, softnet_stat.size()));
    const std::size_t second = line.find(' ');
    if (second == std::string_view::npos) continue;
    std::uint64_t drops = 0;
    std::from_chars(line.data() + second + 1, line.data() + line.size(), drops, 16);
    total += drops;
  }
  return total;
}

KernelCounterReader::KernelCounterReader(std::vector<std::string> interfaces)
    : interfaces_(std::move(interfaces)),
      socket_(nl_socket_alloc()),
      softnet_(::open("/proc/net/softnet_stat", O_RDONLY | O_CLOEXEC)) {
  if (socket_ != nullptr && nl_connect(socket_, NETLINK_ROUTE) < 0) {
    nl_socket_free(socket_);
    socket_ = nullptr;
  }
}

KernelCounterReader::~KernelCounterReader() {
  if (socket_ != nullptr) nl_socket_free(socket_);
}

const KernelCounters& KernelCounterReader::read() {
  if (socket_ != nullptr) {
    read_links();
    read_queues();
  }
  read_backlog();
  // In this order, the time between the two calls can only hide a suspend of nanoseconds.
  const Duration monotonic = clock_of(CLOCK_MONOTONIC);
  last_.suspended = clock_of(CLOCK_BOOTTIME) - monotonic;
  return last_;
}

void KernelCounterReader::read_links() {
  KernelCounters now = last_;
  now.sent = now.transmit_drops = now.receive_drops = now.carrier_changes = 0;
  now.carriers_lost = 0;
  for (const std::string& interface : interfaces_) {
    rtnl_link* found = nullptr;
    if (rtnl_link_get_kernel(socket_, 0, interface.c_str(), &found) < 0) {
      ++now.carriers_lost;  // it vanished
      continue;
    }
    const std::unique_ptr<rtnl_link, PutLink> link(found);
    now.sent += rtnl_link_get_stat(found, RTNL_LINK_TX_PACKETS);
    now.transmit_drops += sum_of(found, {RTNL_LINK_TX_DROPPED, RTNL_LINK_TX_ERRORS});
    now.receive_drops += sum_of(found, {RTNL_LINK_RX_DROPPED, RTNL_LINK_RX_MISSED_ERR,
                                        RTNL_LINK_RX_OVER_ERR, RTNL_LINK_RX_FIFO_ERR});
    std::uint32_t changes = 0;
    if (rtnl_link_get_carrier_changes(found, &changes) == 0) now.carrier_changes += changes;
    now.carriers_lost += rtnl_link_get_carrier(found) == 0;
  }
  last_ = now;
}

void KernelCounterReader::read_queues() {
  nl_cache* all = nullptr;
  if (rtnl_qdisc_alloc_cache(socket_, &all) < 0) return;
  const std::unique_ptr<nl_cache, FreeCache> cache(all);
  std::uint64_t drops = 0;
  for (const std::string& interface : interfaces_) {
    const auto index = static_cast<int>(if_nametoindex(interface.c_str()));
    for (nl_object* o = nl_cache_get_first(all); o != nullptr; o = nl_cache_get_next(o)) {
      auto* qdisc = reinterpret_cast<rtnl_tc*>(o);
      const std::string_view kind =
          rtnl_tc_get_kind(qdisc) != nullptr ? rtnl_tc_get_kind(qdisc) : "";
      // An ingress filter drops frames on purpose, so its drops are no loss.
      if (kind == "clsact" || kind == "ingress") continue;
      if (rtnl_tc_get_ifindex(qdisc) == index) drops += rtnl_tc_get_stat(qdisc, RTNL_TC_DROPS);
    }
  }
  last_.queue_drops = drops;
}

void KernelCounterReader::read_backlog() {
  std::array<char, kSoftnetBytesMax> text;
  const ssize_t n = ::pread(softnet_.get(), text.data(), text.size(), 0);
  if (n > 0) last_.backlog_drops = backlog_drops_in({text.data(), static_cast<std::size_t>(n)});
}

}  // namespace rollcall::capture
