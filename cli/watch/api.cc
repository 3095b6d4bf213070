#include "cli/watch/api.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sodium.h>

#include <array>
#include <thread>

#include "cli/config/config_values.h"
#include "cli/watch/api_json.h"
#include "scheduler/alert/secret.h"
#include "scheduler/history/reader.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using httplib::Request;
using httplib::Response;

constexpr auto kPatience = 5s;       // for the service's thread
constexpr auto kTestPatience = 15s;  // for receivers
constexpr auto kLoadPatience = 60s;
constexpr auto kPoll = 50ms;
constexpr auto kPieceMax = 3s;
constexpr double kSinceMax_s = 10.0 * 366 * 24 * 3600;
constexpr std::uint32_t kIncidentsMax = 1000;

void answer(Response& response, int status, const Json& body) {
  response.status = status;
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n",
                       "application/json");
}

void refuse(Response& response, int status, const std::string& why) {
  answer(response, status, {{"error", why}});
}

using Digest = std::array<unsigned char, 32>;

Digest digest_of(std::string_view text) {
  Digest digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return digest;
}

// Of digests, so that not even the length shows in the time that it takes.
bool is_token(const Request& request, const alert::Secret& token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string given = request.get_header_value("Authorization");
  if (token.empty() || !given.starts_with(kScheme)) return false;
  const Digest a = digest_of(std::string_view(given).substr(kScheme.size()));
  const Digest b = digest_of(token.reveal());
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

// "127.0.0.1:9750", "[::1]:9750", "localhost".
bool is_host_of_ours(std::string host) {
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return host.empty() || host == "localhost" || Address::parse(host).has_value();
}

bool is_set(const Request& request, const char* name) {
  return request.has_param(name) && request.get_param_value(name) == "1";
}

}  // namespace

struct Api::Server {
  Server(alert::Secret secret, std::string folder, Service& owner, const Clock& now)
      : token(std::move(secret)), history_folder(std::move(folder)), service(owner), clock(now) {}

  alert::Secret token;
  std::string history_folder;
  Service& service;
  const Clock& clock;
  httplib::Server http;
  std::jthread thread;

  void prepare();
  void route_reads();
  void route_writes();
  httplib::Server::HandlerResponse admit(const Request& request, Response& response) const;
  void past_incidents(const Request& request, Response& response) const;
  void test_alerts(Response& response) const;
  void reload(const Request& request, Response& response) const;

  // Work on the service's thread, whose result is the answer.
  void ask(Response& response, const std::function<void()>& work) const {
    const auto careful = [&] {
      try {
        work();
      } catch (const std::exception& exception) {  // memory: a request must not end the watch
        refuse(response, 500, exception.what());
      }
    };
    if (service.calls().run(careful, kPatience)) return;
    refuse(response, 503, "the watch is busy or ending");
  }
  template <typename T, typename Apply>
  void change(Response& response, Result<T> value, const Apply& apply) const {
    if (!value) return refuse(response, 400, value.error().to_string());
    ask(response, [&] { apply(*std::move(value)); });
  }
};

void Api::Server::prepare() {
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http.set_payload_max_length(kBodyBytesMax);
  http.set_read_timeout(kPieceMax);
  http.set_write_timeout(kPieceMax);
  http.set_keep_alive_timeout(1);
  // By default the library would share the port with another process.
  http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  http.set_pre_routing_handler(
      [this](const Request& request, Response& response) { return admit(request, response); });
  http.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
    refuse(response, 500, "this request cannot be answered");
  });
  http.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) refuse(response, response.status, "no such thing here");
  });
  route_reads();
  route_writes();
}

httplib::Server::HandlerResponse Api::Server::admit(const Request& request,
                                                    Response& response) const {
  using enum httplib::Server::HandlerResponse;
  if (!is_host_of_ours(request.get_header_value("Host"))) {
    refuse(response, 403, "name this host by its address or as localhost");
    return Handled;
  }
  const bool is_reading = request.method == "GET" || request.method == "HEAD";
  if (is_reading && is_loopback(request.remote_addr)) return Unhandled;
  if (is_token(request, token)) return Unhandled;
  if (token.empty()) {
    refuse(response, 403, "nobody may change anything here: set http.token_file");
  } else {
    response.set_header("WWW-Authenticate", "Bearer");
    refuse(response, 401, "show the bearer token of http.token_file");
  }
  return Handled;
}

void Api::Server::route_reads() {
  http.Get("/-/healthy", [this](const Request&, Response& response) {
    ask(response, [&] { answer(response, 200, {{"healthy", true}}); });
  });
  http.Get("/-/ready", [this](const Request&, Response& response) {
    ask(response, [&] {
      const bool ready = service.is_ready();
      answer(response, ready ? 200 : 503, {{"ready", ready}});
    });
  });
  http.Get("/api/v1/status", [this](const Request&, Response& response) {
    ask(response, [&] { answer(response, 200, status_json(service.view())); });
  });
  http.Get("/api/v1/silences", [this](const Request&, Response& response) {
    ask(response, [&] {
      const ServiceView view = service.view();
      answer(response, 200,
             {{"schema", "rollcall.silences/1"},
              {"silences", silences_json(view.chronicle.silences(), view.now)}});
    });
  });
  http.Get("/api/v1/incidents", [this](const Request& request, Response& response) {
    if (request.has_param("since_s")) return past_incidents(request, response);
    ask(response, [&] {
      answer(response, 200,
             {{"schema", "rollcall.incidents/1"},
              {"incidents", incidents_json(service.view().watch.open_incidents())}});
    });
  });
}

// From the history, on the thread that asks: it never waits for the watch.
void Api::Server::past_incidents(const Request& request, Response& response) const {
  const std::string text = request.get_param_value("since_s");
  char* end = nullptr;
  const double since = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(since >= 0 && since <= kSinceMax_s)) {
    return refuse(response, 400, "since_s: a number of seconds");
  }
  history::Reader reader(history_folder);
  const auto age = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(since));
  const auto page =
      reader.incidents({.range = {.from = clock.wall() - age}, .after = {}, .rows = kIncidentsMax});
  if (!page) return refuse(response, 503, page.error().to_string());
  answer(response, 200,
         {{"schema", "rollcall.incidents/1"}, {"incidents", incidents_json(page->rows)}});
}

void Api::Server::route_writes() {
  http.Post("/api/v1/silences", [this](const Request& request, Response& response) {
    change(response, silence_from(request.body, clock.wall()), [&](watch::Silence silence) {
      const auto added = service.add_silence(std::move(silence));
      if (!added) return refuse(response, 400, added.error().to_string());
      answer(response, 201, silence_json(*added, clock.wall()));
    });
  });
  http.Delete(R"(/api/v1/silences/([0-9a-f]{1,32}))",
              [this](const Request& request, Response& response) {
                ask(response, [&] {
                  const auto ended = service.end_silence(request.matches[1]);
                  if (!ended) return refuse(response, 404, ended.error().to_string());
                  answer(response, 200, silence_json(*ended, clock.wall()));
                });
              });
  http.Post("/api/v1/notes", [this](const Request& request, Response& response) {
    change(response, note_from(request.body, clock.wall()), [&](const watch::Note& note) {
      const auto set = service.set_note(note);
      if (!set) return refuse(response, 400, set.error().to_string());
      answer(response, 200, {{"group", note.group}, {"text", note.text}});
    });
  });
  http.Post("/api/v1/verifications", [this](const Request& request, Response& response) {
    change(response, verification_from(request.body, clock.wall()),
           [&](const watch::Verification& verification) {
             const auto noted = service.verified(verification);
             if (!noted) return refuse(response, 400, noted.error().to_string());
             answer(response, 201, {{"group", verification.group}});
           });
  });
  http.Post("/api/v1/alerts/test",
            [this](const Request&, Response& response) { test_alerts(response); });
  http.Post("/-/reload",
            [this](const Request& request, Response& response) { reload(request, response); });
}

// A message for each receiver, and what became of it.
void Api::Server::test_alerts(Response& response) const {
  std::vector<alert::ReceiverStatus> before;
  std::vector<alert::ReceiverStatus> now;
  const auto look = [&](std::vector<alert::ReceiverStatus>& at) {
    at = service.view().chronicle.receivers();
  };
  bool asked = service.calls().run(
      [&] {
        look(before);
        service.send_test();
      },
      kPatience);
  const auto is_over = [&] {
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].ended == before[i].ended && !now[i].failing) return false;
    }
    return now.size() == before.size();
  };
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (asked && !is_over() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    asked = service.calls().run([&] { look(now); }, kPatience);
  }
  if (!asked) return refuse(response, 503, "the watch is busy or ending");
  Json list = Json::array();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool ended = now[i].ended != before[i].ended;
    const std::string outcome = ended            ? now[i].last_end
                                : now[i].failing ? "not taken: " + now[i].last_failure
                                                 : "still on its way";
    list.push_back({{"name", now[i].name}, {"outcome", outcome}});
  }
  answer(response, 200, {{"schema", "rollcall.alert-test/1"}, {"receivers", list}});
}

void Api::Server::reload(const Request& request, Response& response) const {
  bool asked =
      service.calls().run([&] { service.reload(is_set(request, "allow_shrink")); }, kPatience);
  bool is_over = false;
  std::string problem;
  std::uint64_t targets = 0;
  const auto look = [&] {
    const ServiceView view = service.view();
    is_over = !service.is_reloading();
    problem = view.inventory_problem;
    targets = view.watch.table().size();
  };
  const auto deadline = std::chrono::steady_clock::now() + kLoadPatience;
  while (asked && !is_over && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    asked = service.calls().run(look, kPatience);
  }
  if (!asked) return refuse(response, 503, "the watch is busy or ending");
  if (!is_over) return answer(response, 202, {{"reloading", true}});
  if (!problem.empty()) return refuse(response, 422, problem);
  answer(response, 200, {{"targets", targets}});
}

Result<std::unique_ptr<Api>> Api::make(const HttpConfig& config, const HistoryConfig& history,
                                       Service& service, const Clock& clock) {
  const auto endpoint = endpoint_in(config.listen);
  if (!endpoint) return std::unexpected(endpoint.error());
  alert::Secret token;
  if (!config.token_file.empty()) {
    auto read = alert::Secret::read({.file = config.token_file, .environment = ""});
    if (!read) return std::unexpected(read.error());
    token = *std::move(read);
  }
  auto server = std::make_unique<Server>(std::move(token), history.folder, service, clock);
  server->prepare();
  if (!server->http.bind_to_port(endpoint->address.to_string(), endpoint->port.value)) {
    return fail(ErrorCode::kUsage,
                fmt::format("cannot listen on {}: taken, or no address of ours", config.listen),
                errno);
  }
  server->thread = std::jthread([&http = server->http] { http.listen_after_bind(); });
  // stop() has no effect before it runs.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!server->http.is_running() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
  }
  return std::unique_ptr<Api>(new Api(std::move(server)));
}

Api::Api(std::unique_ptr<Server> server) : server_(std::move(server)) {}

Api::~Api() {
  server_->http.stop();
}

}  // namespace rollcall::cli
