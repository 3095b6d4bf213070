// What the commands that speak with a running watch share: its address, a token, an answer.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Units:     none.
// Errors:    kUsage: the URL is none; kInput: nobody answers there, or what answers is no watch;
//            else what the watch says.
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
  // "": for this host $ROLLCALL_TOKEN_FILE, else /etc/rollcall/http-token; for others none. One
  // that is named is sent over TLS, or to this host.
  std::string token_file;
  ClientFormat format = ClientFormat::kText;
};

// --url, --ca-file, --token-file and --format.
void add_client_options(CLI::App& command, ClientOptions& options);
void add_token_option(CLI::App& command, ClientOptions& options);
void add_ca_option(CLI::App& command, ClientOptions& options);

// What can be known of the address and of the token before anything is asked.
Result<void> check_client(const ClientOptions& options);

Result<Json> api_get(const ClientOptions& options, const std::string& path);
Result<Json> api_post(const ClientOptions& options, const std::string& path, const Json& body);
Result<Json> api_delete(const ClientOptions& options, const std::string& path);

// The text of `path`'s answer on standard output: the document, or what `text` makes of it.
Result<void> show(const ClientOptions& options, const Json& answer,
                  const std::function<std::string(const Json&)>& text);

}  // namespace rollcall::cli
