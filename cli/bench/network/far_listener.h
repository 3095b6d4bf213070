// Accepts every connection on one port of all addresses, and closes it.
//
// It closes politely (FIN): a RST could overtake what the connecting side is still to learn, and
// its connect would count as refused. That side's own RST then leaves no TIME_WAIT here either.
//
// Threading: owns one thread.
// Ownership: the socket stays in the network namespace in which open() was called.
// Units:     none.
// Errors:    kSystem from open(); afterwards it goes on as long as it can.
// Cost:      two system calls a connection.
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
