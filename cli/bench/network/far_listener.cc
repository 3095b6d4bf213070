#include "cli/bench/network/far_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "cli/process/privileges.h"

namespace rollcall::bench {
namespace {

constexpr int kBacklog = 65535;

void accept_all(int listener, const std::stop_token& stop) {
  prctl(PR_SET_NAME, "rc-far-end");
  cli::drop_all();
  while (!stop.stop_requested()) {
    // An error of accept(2) concerns one connection only, until the destructor shuts the socket
    // down.
    const Fd accepted(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  }
}

}  // namespace

FarListener::FarListener(Fd socket)
    : socket_(std::move(socket)),
      thread_([fd = socket_.get()](const std::stop_token& stop) { accept_all(fd, stop); }) {}

FarListener::~FarListener() {
  thread_.request_stop();
  ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept(2)
}

Result<std::unique_ptr<FarListener>> FarListener::open(Port port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port.value);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return fail(ErrorCode::kSystem, "cannot listen at the far end of a lab", errno);
  }
  return std::unique_ptr<FarListener>(new FarListener(std::move(socket)));
}

}  // namespace rollcall::bench
