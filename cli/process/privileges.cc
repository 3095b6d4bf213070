#include "cli/process/privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace rollcall::cli {
namespace {

struct Held {
  Capabilities effective = 0;
  Capabilities permitted = 0;
  Capabilities inheritable = 0;
};

// Calls capget and capset directly: glibc has no wrapper, and they act on the calling thread only.
bool read(Held& held) noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> halves{};
  if (::syscall(SYS_capget, &header, halves.data()) != 0) return false;
  const auto join = [&halves](auto half) {
    return Capabilities{halves[1].*half} << 32 | halves[0].*half;
  };
  held = {join(&__user_cap_data_struct::effective), join(&__user_cap_data_struct::permitted),
          join(&__user_cap_data_struct::inheritable)};
  return true;
}

bool write(const Held& held) noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const auto half = [&held](int shift) {
    return __user_cap_data_struct{.effective = static_cast<__u32>(held.effective >> shift),
                                  .permitted = static_cast<__u32>(held.permitted >> shift),
                                  .inheritable = static_cast<__u32>(held.inheritable >> shift)};
  };
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> halves{half(0), half(32)};
  return ::syscall(SYS_capset, &header, halves.data()) == 0;
}

// Without this, exec gives capabilities back to a program run by root, or to a program file that
// has file capabilities.
bool empty_bounding_set() noexcept {
  for (int i = 0; i < 64 && ::prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; ++i) {
    if (::prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0) return false;
  }
  return true;
}

std::unexpected<Error> refused() {
  return fail(ErrorCode::kPermission, "cannot give up capabilities", errno);
}

}  // namespace

Result<void> keep_only(Capabilities usable, Capabilities dormant) {
  Held held;
  if (!read(held)) return refused();
  // The kernel lets only a thread with CAP_SETPCAP reduce its bounding set.
  if ((held.effective & bit_of(CAP_SETPCAP)) != 0 && !empty_bounding_set()) return refused();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused();
  // The inheritable set becomes empty. The kernel then also clears the ambient set, which systemd
  // filled.
  if (!write({.effective = held.permitted & usable,
              .permitted = held.permitted & (usable | dormant)})) {
    return refused();
  }
  return {};
}

void drop_all() noexcept {
  (void)write({});
}

Raised::Raised(Capabilities wanted) noexcept {
  Held held;
  if (!read(held)) return;
  const Capabilities dormant = held.permitted & wanted & ~held.effective;
  held.effective |= dormant;
  if (dormant != 0 && write(held)) woken_ = dormant;
}

Raised::~Raised() {
  Held held;
  if (woken_ == 0 || !read(held)) return;
  held.effective &= ~woken_;
  (void)write(held);
}

}  // namespace rollcall::cli
