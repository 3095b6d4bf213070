#include "cli/bench/network/bench_network.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "cli/bench/network/far_listener.h"
#include "cli/bench/network/responder.h"

namespace rollcall::bench {
namespace {

constexpr Address kHere = Address::from_v4(0xc613ff01);   // 198.19.255.1
constexpr Address kThere = Address::from_v4(0xc613ff02);  // 198.19.255.2
constexpr std::uint8_t kPairBits = 30;

std::unexpected<Error> refused(const std::string& what, int sys_errno) {
  if (sys_errno == EPERM) {
    return fail(ErrorCode::kPermission,
                "a lab of its own needs root, to make network namespaces: use sudo, or measure on "
                "your own network by naming targets");
  }
  return fail(ErrorCode::kSystem, what, sys_errno);
}

Result<Fd> this_network() {
  Fd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) return refused("cannot open this network namespace", errno);
  return fd;
}

Result<void> enter(const Fd& network) {
  if (::setns(network.get(), CLONE_NEWNET) == 0) return {};
  return refused("cannot enter a network namespace", errno);
}

Result<Fd> new_network() {
  if (::unshare(CLONE_NEWNET) != 0) return refused("cannot make a network namespace", errno);
  return this_network();
}

// /sys/class/net shows the network namespace in which it was mounted. Without a new mount, this
// process would read counters and settings of the host's interfaces. The mount is private to this
// process.
Result<void> mount_sys() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0) {
    return refused("cannot mount /sys for a lab", errno);
  }
  return {};
}

// Ignores errors: with the kernel's default the far end is only a little slower.
void set_sysctl(const std::string& name, const char* value) {
  std::ofstream("/proc/sys/net/" + name) << value;
}

// Runs the steps in order until one fails.
template <typename... Steps>
Result<void> all_of(Steps&&... steps) {
  Result<void> done;
  (void)((done = steps()) && ...);
  return done;
}

class CurrentBenchNetwork final : public BenchNetwork {
 public:
  explicit CurrentBenchNetwork(Fd host_network) : host_network_(std::move(host_network)) {}
  ~CurrentBenchNetwork() override {
    const cli::Raised raised(kLabCapabilities);
    listener_.reset();
    if (sys_mounted_) ::umount2("/sys", MNT_DETACH);
    // Fails only if the process has lost its privileges, and then it can only end.
    ::setns(host_network_.get(), CLONE_NEWNET);
  }

  Result<void> build(FarEnd far_end) {
    auto far = new_network();
    if (!far) return std::unexpected(far.error());
    far_network_ = std::move(*far);
    const auto near = new_network();
    if (!near) return std::unexpected(near.error());
    // Sets up the far end first. Then the near end has its carrier at once, and its route never
    // gets the flag linkdown.
    auto built = all_of([&] { return add_veth_pair(kLabInterface, far_network_); },
                        [&] { return enter(far_network_); }, [&] { return build_far(far_end); },
                        [&] { return enter(*near); }, &CurrentBenchNetwork::build_near, &mount_sys);
    sys_mounted_ = built.has_value();
    return built;
  }

 private:
  static Result<void> build_near() {
    set_sysctl("ipv4/conf/all/rp_filter", "0");
    set_sysctl("ipv4/conf/default/rp_filter", "0");
    return all_of([] { return set_up("lo"); }, [] { return set_up(kLabInterface); },
                  [] { return add_address(kLabInterface, {kHere, kPairBits}); },
                  [] { return add_route(kLabPrefix, kThere); });
  }

  Result<void> build_far(FarEnd far_end) {
    return all_of([] { return set_up("lo"); }, [] { return set_up(kLabInterface); },
                  [] { return add_address(kLabInterface, {kThere, kPairBits}); },
                  [&] { return answer(far_end); });
  }

  Result<void> answer(FarEnd far_end) {
    if (far_end == FarEnd::kKernelStack) return listen();
    const auto rule = make_rule(range_of_prefix(kLabPrefix.network, kLabPrefix.bits),
                                far_end == FarEnd::kSink ? 1 : 0);
    if (!rule) return std::unexpected(rule.error());
    return attach_responder(kLabInterface, *rule);
  }

  Result<void> listen() {
    set_sysctl("core/somaxconn", "65535");
    set_sysctl("ipv4/tcp_max_syn_backlog", "65535");
    if (auto owned = own_prefix(kLabPrefix); !owned) return owned;
    auto listener = FarListener::open(kLabPort);
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
    return {};
  }

  Fd host_network_;
  Fd far_network_;  // keeps the namespace alive: no process is in it
  bool sys_mounted_ = false;
  std::unique_ptr<FarListener> listener_;
};

}  // namespace

Result<std::unique_ptr<BenchNetwork>> BenchNetwork::raise(FarEnd far_end) {
  const cli::Raised raised(kLabCapabilities);
  auto network = this_network();
  if (!network) return std::unexpected(network.error());
  auto lab = std::make_unique<CurrentBenchNetwork>(std::move(*network));
  if (auto built = lab->build(far_end); !built) return std::unexpected(built.error());
  return lab;
}

}  // namespace rollcall::bench
