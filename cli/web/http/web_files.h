// WebFiles holds the token, web.config and the certificates that it names, and reads them again
// when one of them has changed.
//
// Threading: load() before there are threads; refresh() and tls() on the server's thread.
// Ownership: owns what was read.
// Errors:    load() returns the error. After a later error the former content stays in use, and
//            refresh() returns the error once per change of any of the files. An unreadable token
//            does not block requests that need no token.
// Cost:      refresh() is one stat(2) per file.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/config/certificates.h"
#include "cli/web/http/web_config.h"
#include "scheduler/alert/transport/secret.h"

namespace boost::asio::ssl {
class context;
}

namespace rollcall::web {

struct TlsContext {
  std::unique_ptr<boost::asio::ssl::context> context;
  bool verifies_clients = false;

  TlsContext();
  ~TlsContext();
};

struct WebFilesOptions {
  std::string path;        // of web.config; "": none, and never any
  bool is_public = false;  // other hosts can reach the address
  std::string token_file;  // "": none
};

class WebFiles {
 public:
  static Result<WebFiles> load(WebFilesOptions options);

  const WebConfig& config() const { return config_; }
  // The token of the last successful read.
  const alert::Secret& token() const { return token_; }
  const std::string& token_problem() const { return token_problem_; }  // "": it was read
  // The certificates in use.
  const std::vector<cli::Certificate>& certificates() const { return certificates_; }
  // nullptr: no TLS. A connection keeps the context that it began with.
  const std::shared_ptr<TlsContext>& tls() const { return tls_; }

  std::vector<std::string> exposed() const { return exposed_secrets(config_, options_.path); }

  // True when another configuration or token is in use from now on.
  Result<bool> refresh();

 private:
  explicit WebFiles(WebFilesOptions options) : options_(std::move(options)) {}
  Result<void> read();
  void read_token();
  void note(const std::string& path);

  WebFilesOptions options_;
  WebConfig config_;
  alert::Secret token_;
  std::string token_problem_;
  std::vector<cli::Certificate> certificates_;
  std::shared_ptr<TlsContext> tls_;
  // By path: the signature of each file that was ever in use, taken just before it was last read.
  std::map<std::string, std::string> signatures_;
};

}  // namespace rollcall::web
