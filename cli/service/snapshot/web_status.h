// What the HTTP server says of itself to the service, which shows and tells it: a server that
// cannot listen cannot show it.
//
// Threading: any.
// Ownership: owns its texts.
// Cost:      one short lock a call.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cli/config/certificates.h"

namespace rollcall::web {

class WebStatus {
 public:
  // Why nothing can be served; "": it listens, or is not configured.
  void set_listener_problem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    listener_problem_ = std::move(problem);
  }
  // What is wrong with the token, web.config and what that names; "": nothing.
  void set_files_problem(std::string problem) {
    const std::scoped_lock lock(mutex_);
    files_problem_ = std::move(problem);
  }
  // Those that are in use.
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
