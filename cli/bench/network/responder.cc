#include "cli/bench/network/responder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <net/if.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

// The compiled program, embedded by the build.
extern "C" const unsigned char rollcall_responder_object[];
extern "C" const unsigned char rollcall_responder_object_end[];

namespace rollcall::bench {
namespace {

constexpr const char* kProgram = "rollcall_answer";
constexpr const char* kRuleSection = ".rodata";
constexpr const char* kCountsMap = "counts";

using Object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;

std::unexpected<Error> refused(const std::string& what, int sys_errno) {
  if (sys_errno == EPERM || sys_errno == EACCES) {
    return fail(ErrorCode::kPermission,
                what + ": a responder needs root (CAP_BPF and CAP_NET_ADMIN)", sys_errno);
  }
  return fail(ErrorCode::kSystem, what, sys_errno);
}

Result<Object> load(const responder_rule& rule) {
  // Stops libbpf from writing to standard error.
  libbpf_set_print(nullptr);
  const auto bytes =
      static_cast<std::size_t>(rollcall_responder_object_end - rollcall_responder_object);
  Object object(bpf_object__open_mem(rollcall_responder_object, bytes, nullptr),
                &bpf_object__close);
  if (!object) return refused("cannot read the responder's program", errno);
  bpf_map* constants = nullptr;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    if (std::string_view(bpf_map__name(map)).ends_with(kRuleSection)) constants = map;
  }
  if (constants == nullptr || bpf_map__set_initial_value(constants, &rule, sizeof rule) != 0) {
    return refused("the responder's program has no rule to set", errno);
  }
  if (const int status = bpf_object__load(object.get()); status != 0) {
    return refused("the kernel does not take the responder's program", -status);
  }
  return object;
}

struct Hook {
  explicit Hook(int interface_index) {
    hook.sz = sizeof hook;
    hook.ifindex = interface_index;
    hook.attach_point = BPF_TC_INGRESS;
    options.sz = sizeof options;
    options.handle = 1;
    options.priority = 1;
  }
  bpf_tc_hook hook{};
  bpf_tc_opts options{};
};

Result<int> index_of(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return fail(ErrorCode::kPath, fmt::format("no interface named {}", interface));
  return static_cast<int>(index);
}

// Finds the map named `counts` among the maps of a program.
Result<Fd> counts_of(const Fd& program) {
  std::array<std::uint32_t, 8> maps{};
  bpf_prog_info info{};
  info.nr_map_ids = maps.size();
  info.map_ids = reinterpret_cast<std::uint64_t>(maps.data());
  std::uint32_t bytes = sizeof info;
  if (bpf_obj_get_info_by_fd(program.get(), &info, &bytes) != 0) {
    return refused("cannot ask for the responder's counters", errno);
  }
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(info.nr_map_ids, maps.size()); ++i) {
    Fd map(bpf_map_get_fd_by_id(maps[i]));
    bpf_map_info about{};
    bytes = sizeof about;
    if (map && bpf_obj_get_info_by_fd(map.get(), &about, &bytes) == 0 &&
        std::strncmp(about.name, kCountsMap, sizeof about.name) == 0) {
      return map;
    }
  }
  return fail(ErrorCode::kPath, "the program on the interface is no responder of ours");
}

}  // namespace

Result<responder_rule> make_rule(const AddressRange& prefix, double silent_share) {
  const std::uint64_t size = prefix.size();
  if (!prefix.first.is_v4() || !std::has_single_bit(size) || prefix.first.v4() % size != 0) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not an IPv4 prefix (CIDR)", prefix.to_string()));
  }
  if (!(silent_share >= 0 && silent_share <= 1)) {
    return fail(ErrorCode::kUsage, "the share of silent addresses is a number from 0 to 1");
  }
  // A share of 1 becomes 2^32 - 1, so one hash value of 2^32 still answers.
  const double below = std::min(silent_share * 0x1p32, 0x1p32 - 1);
  return responder_rule{.network = prefix.first.v4(),
                        .mask = static_cast<std::uint32_t>(~(size - 1)),
                        .silent_below = static_cast<std::uint32_t>(below)};
}

Result<void> attach_responder(const std::string& interface, const responder_rule& rule) {
  const auto index = index_of(interface);
  if (!index) return std::unexpected(index.error());
  auto object = load(rule);
  if (!object) return std::unexpected(object.error());
  bpf_program* program = bpf_object__find_program_by_name(object->get(), kProgram);
  ROLLCALL_CHECK(program != nullptr);
  Hook at(*index);
  if (const int status = bpf_tc_hook_create(&at.hook); status != 0 && status != -EEXIST) {
    return refused(fmt::format("cannot prepare {} for a responder", interface), -status);
  }
  at.options.prog_fd = bpf_program__fd(program);
  at.options.flags = BPF_TC_F_REPLACE;
  if (const int status = bpf_tc_attach(&at.hook, &at.options); status != 0) {
    return refused(fmt::format("cannot attach a responder to {}", interface), -status);
  }
  return {};
}

Result<ResponderMeter> ResponderMeter::open(const std::string& interface) {
  const auto index = index_of(interface);
  if (!index) return std::unexpected(index.error());
  libbpf_set_print(nullptr);
  Hook at(*index);
  if (const int status = bpf_tc_query(&at.hook, &at.options); status != 0) {
    return refused(fmt::format("no responder on {}", interface), -status);
  }
  const Fd program(bpf_prog_get_fd_by_id(at.options.prog_id));
  if (!program) return refused("cannot ask for the responder", errno);
  auto counts = counts_of(program);
  if (!counts) return std::unexpected(counts.error());
  return ResponderMeter(std::move(*counts));
}

Result<ResponderCounts> ResponderMeter::read() const {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return refused("cannot count the CPUs", -cpus);
  std::vector<std::uint64_t> values(static_cast<std::size_t>(cpus));
  std::array<std::uint64_t, RESPONDER_COUNTERS> sums{};
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    if (bpf_map_lookup_elem(counts_.get(), &i, values.data()) != 0) {
      return refused("cannot read the responder's counters", errno);
    }
    for (const std::uint64_t value : values) sums[i] += value;
  }
  return ResponderCounts{.syns = sums[RESPONDER_SYNS],
                         .answered = sums[RESPONDER_ANSWERED],
                         .resets = sums[RESPONDER_RESETS]};
}

}  // namespace rollcall::bench
