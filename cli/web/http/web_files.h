// The token, web.config and the certificates that it names, read again when one of them has
// changed.
//
// Threading: load() before there are threads; refresh() and tls() on the server's thread.
// Ownership: owns what was read; the gate outlives it.
// Units:     none.
// Errors:    load() tells what is wrong. What becomes wrong later leaves the former in use, and
//            refresh() tells it, once for each change of the files: of those that it names, too.
//            A token that cannot be read keeps nobody from reading what needs none.
// Cost:      refresh() is a stat(2) a file.
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
  bool is_public = false;  // others can reach the address
  std::string token_file;  // "": none
};

class WebFiles {
 public:
  static Result<WebFiles> load(WebFilesOptions options);

  const WebConfig& config() const { return config_; }
  // Where the file cannot be read now, the one that was read last.
  const alert::Secret& token() const { return token_; }
  const std::string& token_problem() const { return token_problem_; }  // "": it was read
  // Those that are in use.
  const std::vector<cli::Certificate>& certificates() const { return certificates_; }
  // None: no TLS. A connection keeps the one that it began with.
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
  // By path: what was last read, or was to be read, as it was just before.
  std::map<std::string, std::string> signatures_;
};

}  // namespace rollcall::web
