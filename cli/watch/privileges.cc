#include "cli/watch/privileges.h"

#include <cap-ng.h>

#include <cerrno>

namespace rollcall::cli {

Result<void> keep_only_net_raw() {
  if (capng_get_caps_process() != 0) {
    return fail(ErrorCode::kPermission, "cannot read this process's capabilities", errno);
  }
  const bool has_net_raw = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) != 0;
  // Only who has this may narrow what exec can give back.
  const bool may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
  capng_clear(CAPNG_SELECT_BOTH);
  if (has_net_raw) {
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                 CAP_NET_RAW);
  }
  if (capng_apply(may_bound ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) != 0) {
    return fail(ErrorCode::kPermission, "cannot give up capabilities", errno);
  }
  return {};
}

}  // namespace rollcall::cli
