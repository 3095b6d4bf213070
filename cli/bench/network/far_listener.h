// Accepts every connection on one port of all addresses, and closes it.
//
// It closes with a FIN. A RST could arrive before the connecting side has seen that it is
// connected, and its connect would count as refused. The connecting side then sends a RST itself,
// so that no TIME_WAIT stays here.
//
// Threading: owns one thread.
// Ownership: the socket stays in the network namespace in which open() was called.
// Errors:    kSystem from open(). Afterwards it ignores failures of single connections.
// Cost:      two system calls for each connection.
#pragma once

#include <memory>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/base/units.h"

namespace rollcall::bench {

class FarListener {
 public:
  static Result<std::unique_ptr<FarListener>> open(Port port);
  ~FarListener();
  FarListener(const FarListener&) = delete;
  FarListener& operator=(const FarListener&) = delete;

 private:
  explicit FarListener(Fd socket);

  Fd socket_;
  std::jthread thread_;
};

}  // namespace rollcall::bench
