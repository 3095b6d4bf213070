// Sends requests to the HTTP API of a running watch and returns its answers, for all commands that
// need one. Also adds the options that name its URL, its CA and the file of its token.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Errors:    kUsage: the URL is not valid. kInput: no server answers there, or the server is not
//            a watch; else with the error text of the watch.
// Cost:      one request; blocks for at most 75 s.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>

#include "engine/base/error.h"

namespace rollcall::cli {

using Json = nlohmann::ordered_json;

enum class ClientFormat : std::uint8_t { kText, kJson };

struct ClientOptions {
  std::string url = "http://127.0.0.1:9750";
  std::string url_option = "--url";
  std::string ca_file;  // "": the system's
  // "": for a watch on this host $ROLLCALL_TOKEN_FILE, else /etc/rollcall/http-token; for other
  // hosts no token. A named file's token is sent over TLS, or to this host.
  std::string token_file;
  ClientFormat format = ClientFormat::kText;
};

// --url, --ca-file, --token-file and --format.
void add_client_options(CLI::App& command, ClientOptions& options);
void add_token_option(CLI::App& command, ClientOptions& options);
void add_ca_option(CLI::App& command, ClientOptions& options);

// Checks the URL and the token file without sending a request.
Result<void> check_client(const ClientOptions& options);

Result<Json> api_get(const ClientOptions& options, const std::string& path);
Result<Json> api_post(const ClientOptions& options, const std::string& path, const Json& body);
Result<Json> api_delete(const ClientOptions& options, const std::string& path);

// Writes `answer` to standard output: as JSON, or as the text that `text` renders from it.
Result<void> show(const ClientOptions& options, const Json& answer,
                  const std::function<std::string(const Json&)>& text);

}  // namespace rollcall::cli
