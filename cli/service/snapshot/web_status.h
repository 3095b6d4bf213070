// WebStatus passes the HTTP server's problems to the service, which shows and reports them: a
// server that cannot listen cannot show its own problem.
//
// Threading: any.
// Ownership: owns its texts.
// Cost:      one short lock per call.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cli/config/certificates.h"

namespace rollcall::web {

class WebStatus {
 public:
  // Why the server cannot listen; "": it listens, or is not configured.
  void set_listener_problem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    listener_problem_ = std::move(problem);
  }
  // The problem with the token, web.config or a file named there; "": none.
  void set_files_problem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    files_problem_ = std::move(problem);
  }
  // The certificates in use.
  void set_certificates(std::vector<cli::Certificate> certificates) {
    const std::scoped_lock lock(mutex_);
    certificates_ = std::move(certificates);
  }

  std::string problem() const {
    const std::scoped_lock lock(mutex_);
    return listener_problem_.empty() ? files_problem_ : listener_problem_;
  }
  std::vector<cli::Certificate> certificates() const {
    const std::scoped_lock lock(mutex_);
    return certificates_;
  }

 private:
  mutable std::mutex mutex_;
  std::string listener_problem_;
  std::string files_problem_;
  std::vector<cli::Certificate> certificates_;
};

}  // namespace rollcall::web
