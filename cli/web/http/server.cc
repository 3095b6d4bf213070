#include "cli/web/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>

#include <algorithm>
#include <thread>

#include "cli/config/config_values.h"
#include "cli/web/http/event_subscribers.h"
#include "cli/web/http/password_checks.h"
#include "cli/web/http/stream_connection.h"
#include "cli/web/http/worker_pool.h"

namespace rollcall::web {
namespace {

using asio::ip::tcp;

constexpr std::size_t kHistoryThreads = 2;
constexpr std::size_t kHistoryWaiting = 64;
constexpr std::size_t kActingThreads = 4;
constexpr std::size_t kActingWaiting = 16;
constexpr std::size_t kSlowThreads = 2;
constexpr std::size_t kSlowWaiting = 4;
constexpr std::size_t kTargetBytesMax = 8192;
// The kernel's own limit allows megabytes for a client that reads nothing.
constexpr int kSendBufferBytes = 256 << 10;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kLookPause = std::chrono::seconds(1);  // between checks of web.config and its files

std::optional<Method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
    case http::verb::head:
      return Method::kGet;
    case http::verb::post:
      return Method::kPost;
    case http::verb::delete_:
      return Method::kDelete;
    default:
      return std::nullopt;
  }
}

std::string_view view_of(boost::string_view text) {
  return {text.data(), text.size()};
}

// Joins all fields of that name: they are one list (RFC 9110, 5.3).
std::string list_of(const Request11& request, http::field name) {
  std::string list;
  for (auto [field, end] = request.equal_range(name); field != end; ++field) {
    if (!list.empty()) list += ", ";
    list += view_of(field->value());
  }
  return list;
}

Address address_of(const asio::ip::address& address) {
  if (address.is_v4()) return Address::from_v4(address.to_v4().to_uint());
  std::array<std::uint64_t, 2> halves{};
  const auto bytes = address.to_v6().to_bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) halves[i / 8] = halves[i / 8] << 8 | bytes[i];
  return Address::from_halves(halves[0], halves[1]);
}

// TCP_USER_TIMEOUT limits how long the kernel keeps data that the client does not read. Without it
// the kernel would wait beyond all our deadlines, and after close() too.
void limit_unread_time(tcp::socket& socket, Duration patience) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  const auto value = static_cast<unsigned>(ms.count());
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
}

// A request under way. Each step that works on it holds a reference.
struct Exchange {
  ConnectionPtr connection;
  Request11 raw;
  Request request;
  const Route* route = nullptr;
};
using ExchangePtr = std::shared_ptr<Exchange>;

Result<bool> refresh(WebFiles& files) {
  try {
    return files.refresh();
  } catch (const std::exception& exception) {  // mostly out of memory
    return fail(ErrorCode::kSystem, exception.what());
  }
}

ServerLimits limits_here(const ServerLimits& wanted, const cli::Log& log) {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return wanted;
  const ServerLimits limits = within_descriptors(wanted, descriptors);
  if (limits.connections < wanted.connections) {
    log.warning("fewer HTTP connections at once than usual: the limit on descriptors is low",
                {{"connections", std::to_string(limits.connections)},
                 {"descriptors", std::to_string(descriptors.rlim_cur)},
                 {"mend", "ulimit -n, or LimitNOFILE= in the unit"}});
  }
  return limits;
}

}  // namespace

class Server::Impl final : public ConnectionOwner {
 public:
  Impl(ServerOptions options, Router router, Authenticator& authenticator, WebFiles files,
       SnapshotPublisher& publisher, WebStatus& status, ThreadRegistry& threads, const Clock& clock,
       const cli::Log& log)
      : options_(std::move(options)),
        router_(std::move(router)),
        authenticator_(authenticator),
        files_(std::move(files)),
        publisher_(publisher),
        status_(status),
        clock_(clock),
        log_(log),
        progress_(threads.add("web")),
        history_(threads, "rc-web-history",
                 "a request that reads the history in " + options_.history_folder, kHistoryThreads,
                 kHistoryWaiting),
        acting_(threads, "rc-web-changes", "", kActingThreads, kActingWaiting),
        slow_(threads, "rc-web-slow", "a request for a large listing", kSlowThreads, kSlowWaiting),
        reading_(threads, "rc-web-files", "reading web.config, the token or a certificate", 1, 1),
        passwords_(
            threads, [this](std::string_view text) { return authenticator_.check_password(text); },
            [this](std::function<void()> work) { asio::post(io_, std::move(work)); }) {
    for (std::size_t i = 0; i < kHistoryThreads; ++i) {
      readers_.emplace_back(options_.history_folder, options_.limits.history);
    }
  }
  ~Impl() override;

  Result<void> listen();
  void run();

  const ServerLimits& limits() const override { return options_.limits; }
  void take(const ConnectionPtr& connection, Request11 raw) override;
  void begin_events(const ConnectionPtr& connection) override;
  void end_events(Connection& connection) override;

 private:
  void accept();
  void admit(tcp::socket socket);
  void watch_files();
  void refresh_files();
  void take_files(const WebFiles& files, const Result<bool>& refreshed);
  void warn_of_exposed_files(const WebFiles& files) const;
  Credentials credentials_of(const Exchange& exchange) const;
  std::optional<Response> prepare(Exchange& exchange);
  void decide(const ExchangePtr& exchange, AuthState auth_state);
  Router::Found find(const Request& request) const;
  void handle(const ExchangePtr& exchange);
  void answer_from(WorkerPool& workers, const ExchangePtr& exchange);
  Response call(const Exchange& exchange, std::size_t worker);
  void reply(const ExchangePtr& exchange, Response response);
  void show(const SnapshotPtr& view);
  void keep_subscribers_alive();

  ServerOptions options_;
  Router router_;
  Authenticator& authenticator_;
  WebFiles files_;
  SnapshotPublisher& publisher_;
  WebStatus& status_;
  const Clock& clock_;
  const cli::Log& log_;
  SnapshotPtr view_;
  EventSubscribers subscribers_{options_.limits};
  std::vector<history::Reader> readers_;  // one per history thread

  std::shared_ptr<ThreadProgress> progress_;  // of thread_
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer accept_pause_{io_};
  asio::steady_timer keep_alive_{io_};
  asio::steady_timer look_pause_{io_};
  WorkerPool history_;
  WorkerPool acting_;
  WorkerPool slow_;
  WorkerPool reading_;  // of files, which may be on a server that does not answer
  bool is_reading_ = false;
  PasswordChecks passwords_;
  std::jthread thread_;  // last: the thread must end before what it uses
};

Server::Impl::~Impl() {
  publisher_.listen({});
  io_.stop();
  if (thread_.joinable()) thread_.join();
  subscribers_.clear();  // their sockets belong to io_
}

Result<void> Server::Impl::listen() {
  const Address& address = options_.address;
  const Port port = options_.port;
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(address.to_string()), port.value);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(asio::socket_base::max_listen_connections);
  } catch (const boost::system::system_error& error) {
    return fail(ErrorCode::kUsage,
                fmt::format("cannot listen on {} port {}: taken, or no address of ours",
                            address.to_string(), port.value),
                error.code().value());
  }
  // Subscribes before it reads latest(), so that no snapshot is missed.
  publisher_.listen(
      [this](const SnapshotPtr& view) { asio::post(io_, [this, view] { show(view); }); });
  view_ = publisher_.latest();
  accept();
  keep_subscribers_alive();
  warn_of_exposed_files(files_);
  watch_files();
  thread_ = std::jthread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "rollcall-web");
  return {};
}

void Server::Impl::run() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::exception& exception) {  // out of memory: the next request may succeed
      log_.error("a request failed", {{"error", exception.what()}});
    }
  }
}

void Server::Impl::accept() {
  acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      accept();  // first: admit() may throw when memory runs out
      return admit(std::move(socket));
    }
    accept_pause_.expires_after(kAcceptPause);  // mostly out of descriptors
    accept_pause_.async_wait([this](beast::error_code ended) {
      if (!ended) accept();
    });
  });
}

void Server::Impl::admit(tcp::socket socket) {
  if (connections.size() >= options_.limits.connections) {
    if (waiting.empty()) return;  // all have a request under way: refuse this one
    waiting.front()->drop();
  }
  beast::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;
  socket.set_option(tcp::no_delay(true), error);
  socket.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), error);
  limit_unread_time(socket, options_.limits.piece);
  const auto start = [&](auto connection) {
    connection->peer = address_of(peer.address());
    connection->start();
  };
  if (const auto& tls = files_.tls()) {
    using Tls = beast::ssl_stream<beast::tcp_stream>;
    start(std::make_shared<StreamConnection<Tls>>(*this, tls, beast::tcp_stream(std::move(socket)),
                                                  *tls->context));
  } else {
    start(std::make_shared<StreamConnection<beast::tcp_stream>>(*this, nullptr, std::move(socket)));
  }
}

void Server::Impl::watch_files() {
  look_pause_.expires_after(kLookPause);
  look_pause_.async_wait([this](beast::error_code error) {
    if (error) return;
    progress_->beat();
    watch_files();
    refresh_files();
  });
}

// Reads file attributes, so it does not run on the server's thread.
void Server::Impl::warn_of_exposed_files(const WebFiles& files) const {
  for (const std::string& warning : files.exposed()) {
    log_.warning("secrets", {{"problem", warning}});
  }
}

// After a change of what grants access, take_files() ends every open connection, so that each
// client authenticates again. Otherwise a client that showed a certificate, or an event subscriber,
// would stay connected without limit.
void Server::Impl::refresh_files() {
  if (is_reading_) return;
  is_reading_ = reading_.offer([this, files = std::make_shared<WebFiles>(files_)](std::size_t) {
    const auto refreshed = refresh(*files);
    if (refreshed && *refreshed) warn_of_exposed_files(*files);
    asio::post(io_, [this, files, refreshed] {
      is_reading_ = false;
      take_files(*files, refreshed);
    });
  });
}

void Server::Impl::take_files(const WebFiles& files, const Result<bool>& refreshed) {
  if (refreshed && !*refreshed) return;
  const bool is_other_token = files.token().reveal() != files_.token().reveal();
  files_ = files;
  if (!refreshed) {
    log_.error("the web configuration is refused; the former one stays",
               {{"error", refreshed.error().to_string()}});
    authenticator_.replace(files_.config(), files_.token());  // the token may still have changed
    status_.set_files_problem(refreshed.error().to_string());
  } else {
    authenticator_.replace(files_.config(), files_.token());
    status_.set_files_problem(files_.token_problem());
    status_.set_certificates(files_.certificates());
    log_.info("another web configuration, certificate or token is in use",
              {{"problem", files_.token_problem()}});
  }
  if (!refreshed && !is_other_token) return;
  for (auto it = connections.begin(); it != connections.end();) (*it++)->retire();
}

Credentials Server::Impl::credentials_of(const Exchange& exchange) const {
  const auto field = [&](const auto& name) { return view_of(exchange.raw[name]); };
  return {.host = field(http::field::host),
          .authorization = field(http::field::authorization),
          .request_mark = field("X-Rollcall-Request"),
          .content_type = field(http::field::content_type),
          .is_loopback = cli::is_loopback(exchange.connection->peer),
          .is_encrypted = exchange.connection->is_encrypted,
          .has_certificate = exchange.connection->has_certificate,
          .has_body = !exchange.raw.body().empty(),
          .is_changing = exchange.request.method != Method::kGet};
}

// Fills the request. Returns the refusal of an invalid one.
std::optional<Response> Server::Impl::prepare(Exchange& exchange) {
  const auto method = method_of(exchange.raw.method());
  if (!method) return problem(501, "there are GET, HEAD, POST and DELETE");
  const std::string_view target = view_of(exchange.raw.target());
  if (!target.starts_with('/') || target.size() > kTargetBytesMax) {
    return problem(400, fmt::format("a path of at most {} bytes", kTargetBytesMax));
  }
  if (exchange.raw.count(http::field::host) > 1) return problem(400, "one Host, please");
  const std::size_t end = std::min(target.find('?'), target.size());
  auto query = parse_query(target.substr(std::min(end + 1, target.size())));
  if (!query) return problem(400, "the query cannot be read");
  exchange.request = {.method = *method,
                      .path = std::string(target.substr(0, end)),
                      .captured = {},
                      .query = *std::move(query),
                      .accept = list_of(exchange.raw, http::field::accept),
                      .if_none_match = list_of(exchange.raw, http::field::if_none_match),
                      .body = {},
                      .view = view_,
                      .wall = clock_.wall(),
                      .now = clock_.now()};
  return std::nullopt;
}

void Server::Impl::take(const ConnectionPtr& connection, Request11 raw) {
  const auto exchange = std::make_shared<Exchange>();
  exchange->connection = connection;
  exchange->raw = std::move(raw);
  if (auto refusal = prepare(*exchange)) return reply(exchange, *std::move(refusal));
  const AuthState auth_state = authenticator_.auth_state(credentials_of(*exchange));
  if (auth_state != AuthState::kPasswordPending) return decide(exchange, auth_state);
  const bool is_taken =
      passwords_.ask(view_of(exchange->raw[http::field::authorization]), connection->peer,
                     [this, exchange](AuthState found) { decide(exchange, found); });
  if (!is_taken) reply(exchange, problem(503, "too many passwords are being checked"));
}

void Server::Impl::decide(const ExchangePtr& exchange, AuthState auth_state) {
  const Credentials credentials = credentials_of(*exchange);
  if (auth_state == AuthState::kAnonymous && credentials.has_certificate)
    auth_state = AuthState::kCertificate;
  if (auto refusal = authenticator_.refusal(credentials, auth_state))
    return reply(exchange, *std::move(refusal));
  Router::Found found = find(exchange->request);
  if (found.route == nullptr && exchange->request.path == options_.external_path) {
    return reply(exchange, moved_to(options_.external_path + "/"));
  }
  if (found.route == nullptr) {
    if (found.allowed.empty()) return reply(exchange, problem(404, "no such thing here"));
    Response response = problem(405, "there is " + found.allowed);
    response.headers.emplace_back("Allow", found.allowed);
    return reply(exchange, std::move(response));
  }
  if (auto refusal = refusal_of_fields(*found.route, exchange->request)) {
    return reply(exchange, *std::move(refusal));
  }
  exchange->route = found.route;
  exchange->request.may_write = auth_state == AuthState::kAuthenticated;
  exchange->request.captured = std::move(found.captured);
  exchange->request.body = std::move(exchange->raw.body());
  handle(exchange);
}

// Depending on its configuration, a proxy passes its path prefix on or removes it.
Router::Found Server::Impl::find(const Request& request) const {
  Router::Found found = router_.find(request.method, request.path);
  const std::string& outside = options_.external_path;
  const bool is_known = found.route != nullptr || !found.allowed.empty();
  if (is_known || outside.empty() || !request.path.starts_with(outside + "/")) return found;
  return router_.find(request.method, std::string_view(request.path).substr(outside.size()));
}

void Server::Impl::handle(const ExchangePtr& exchange) {
  switch (exchange->route->thread) {
    case HandlerThread::kAtOnce:
      return reply(exchange, call(*exchange, 0));
    case HandlerThread::kHistory:
      return answer_from(history_, exchange);
    case HandlerThread::kChange:
      return answer_from(acting_, exchange);
    case HandlerThread::kSlow:
      return answer_from(slow_, exchange);
  }
}

// A Connection must be destroyed on this thread, because its lists have no lock. The worker moves
// its reference into the reply, otherwise it may hold the last one.
void Server::Impl::answer_from(WorkerPool& workers, const ExchangePtr& exchange) {
  const bool is_offered = workers.offer([this, share = exchange](std::size_t worker) mutable {
    auto response = std::make_shared<Response>(call(*share, worker));
    asio::post(io_, [this, exchange = std::move(share), response] {
      reply(exchange, std::move(*response));
    });
  });
  if (!is_offered) reply(exchange, problem(503, "too many requests wait for an answer"));
}

Response Server::Impl::call(const Exchange& exchange, std::size_t worker) {
  try {
    if (const auto* handler = std::get_if<HistoryHandler>(&exchange.route->handler)) {
      return (*handler)(exchange.request, readers_[worker]);
    }
    return std::get<Handler>(exchange.route->handler)(exchange.request);
  } catch (const std::exception& exception) {  // mostly out of memory
    log_.error("a request failed", {{"path", exchange.request.path}, {"error", exception.what()}});
    return problem(500, "this request cannot be answered");
  }
}

void Server::Impl::reply(const ExchangePtr& exchange, Response response) {
  if (!response.etag.empty() && response.status == 200 &&
      has_etag(exchange->request, response.etag)) {
    response = not_modified(std::move(response));
  }
  if (std::holds_alternative<EventStream>(response.body) && subscribers_.is_full()) {
    response = problem(503, "too many listen already");
  }
  exchange->connection->respond(std::move(response));
}

void Server::Impl::begin_events(const ConnectionPtr& connection) {
  subscribers_.add(connection, options_.events.hello(*view_, clock_.now()));
}

void Server::Impl::end_events(Connection& connection) {
  subscribers_.remove(connection);
}

void Server::Impl::show(const SnapshotPtr& view) {
  const SnapshotPtr before = std::exchange(view_, view);
  if (before && !subscribers_.empty()) {
    subscribers_.tell(options_.events.change(*before, *view, clock_.now()));
  }
}

void Server::Impl::keep_subscribers_alive() {
  keep_alive_.expires_after(options_.limits.keep_alive);
  keep_alive_.async_wait([this](beast::error_code error) {
    if (error) return;
    keep_subscribers_alive();
    subscribers_.tell(": still here\n\n");
  });
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router,
                                              Authenticator& authenticator, WebFiles files,
                                              SnapshotPublisher& publisher, WebStatus& status,
                                              ThreadRegistry& threads, const Clock& clock,
                                              const cli::Log& log) {
  options.limits = limits_here(options.limits, log);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router), authenticator,
                                     std::move(files), publisher, status, threads, clock, log);
  if (auto listening = impl->listen(); !listening) return std::unexpected(listening.error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

}  // namespace rollcall::web
