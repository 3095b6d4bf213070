// StreamConnection is one HTTP connection: it reads a request, passes it on, writes the answer, and
// reads the next.
//
// Threading: the server's thread.
// Ownership: its pending operations keep it alive; the owner outlives all.
// Units:     bytes.
// Errors:    any socket or TLS error ends the connection; malformed requests are answered first.
// Cost:      about 4 KB and one descriptor; subscribers share their queued texts.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/web/http/connection.h"
#include "cli/web/http/response_head.h"
#include "cli/web/http/web_files.h"

namespace rollcall::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

template <typename Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
  static constexpr bool kIsTls = !std::is_same_v<Stream, beast::tcp_stream>;
  static constexpr std::size_t kDrainBytesMax = std::size_t{256} << 10;
  static constexpr std::size_t kDrainPiece = 4096;

 public:
  template <typename... Args>
  StreamConnection(ConnectionOwner& owner, std::shared_ptr<TlsContext> tls, Args&&... args)
      : Connection(owner), tls_(std::move(tls)), stream_(std::forward<Args>(args)...) {
    is_encrypted = kIsTls;
  }

  void start() {
    if constexpr (kIsTls) {
      this->set_waiting(true);
      lowest().expires_after(owner_.limits().request);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](beast::error_code error) {
                                if (!error) self->after_handshake();
                              });
    } else {
      read();
    }
  }

  // Requires: a request was taken, and not yet answered.
  void respond(Response response) override {
    const bool has_body = !is_head_ && response.status != 304;
    keep_alive_ = keep_alive_ && !is_retired_;
    Framing framing{.keep_alive = keep_alive_};
    if (const auto* text = std::get_if<std::string>(&response.body)) {
      framing.length = text->size();
    } else if (const auto* shared = std::get_if<SharedText>(&response.body)) {
      framing.length = (*shared)->size();
    } else if (std::holds_alternative<EventStream>(response.body) || is_http_10_) {
      framing.keep_alive = keep_alive_ = false;  // the end of the connection ends the body
    } else {
      framing.is_chunked = true;
    }
    if (response.status == 304) framing.length.reset();
    is_chunked_ = framing.is_chunked;
    head_ = head_of(response, framing);
    body_ = has_body ? std::move(response.body) : Body(std::string());
    answer_until_ = std::chrono::steady_clock::now() + owner_.limits().answer;
    forget_unread(true);
    this->begin_answer(bytes_of(body_));
    write_head();
  }

  void send_event(SharedText text) override {
    queued_bytes_ += text->size();
    queue_.push_back(std::move(text));
    if (queued_bytes() > owner_.limits().queued_bytes) return drop();
    if (queue_.size() == 1) write_event();
  }

  std::size_t queued_bytes() const override {
    return queue_.empty() ? 0 : queued_bytes_ - queue_.front()->size();
  }

  void drop() override {
    forget_unread(true);
    close();
  }

  void retire() override {
    is_retired_ = true;
    if (!is_answering_) close();
  }

  void close() override {
    this->set_waiting(false);
    this->end_answer();
    owner_.end_events(*this);
    lowest().close();
  }

 private:
  auto& lowest() { return beast::get_lowest_layer(stream_); }

  // SO_LINGER with 0 s: close() discards data that the client has not read. Otherwise the kernel
  // keeps it until the client has read it, which is right after a complete answer.
  void forget_unread(bool is_forgotten) {
    beast::error_code ignored;
    lowest().socket().set_option(asio::socket_base::linger(is_forgotten, 0), ignored);
  }

  static std::size_t bytes_of(const Body& body) {
    if (const auto* text = std::get_if<std::string>(&body)) return text->size();
    if (const auto* shared = std::get_if<SharedText>(&body)) return (*shared)->size();
    return std::holds_alternative<BodySource>(body) ? kPieceBytes : 0;
  }

  void after_handshake() {
    if constexpr (kIsTls) {
      SSL* ssl = stream_.native_handle();
      has_certificate = tls_->verifies_clients && SSL_get0_peer_certificate(ssl) != nullptr &&
                        SSL_get_verify_result(ssl) == X509_V_OK;
    }
    read();
  }

  void read() {
    is_answering_ = false;
    this->set_waiting(true);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(ServerLimits::kHeadBytes));
    parser_->body_limit(ServerLimits::kBodyBytes);
    lowest().expires_after(is_first_ ? owner_.limits().request : owner_.limits().next_request);
    is_first_ = false;
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                       self->after_read(error);
                     });
  }

  void after_read(beast::error_code error) {
    if (is_retired_) return close();  // the request came just before
    is_answering_ = true;
    this->set_waiting(false);
    if (error) return after_bad_read(error);
    const Request11& request = parser_->get();
    keep_alive_ = request.keep_alive();
    is_http_10_ = request.version() < 11;
    is_head_ = request.method() == http::verb::head;
    owner_.take(this->shared_from_this(), parser_->release());
  }

  void after_bad_read(beast::error_code error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != make_error_code(http::error::end_of_stream).category()) {
      return close();  // the client left, or is too slow
    }
    keep_alive_ = is_http_10_ = is_head_ = false;
    if (error == http::error::body_limit) return respond(problem(413, "at most 64 KB"));
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return respond(problem(431, "at most 16 KB of request line and header fields"));
    }
    respond(problem(400, error.message()));
  }

  // Writes the head together with the whole body, or alone if the body comes in pieces.
  void write_head() {
    std::array<asio::const_buffer, 4> buffers{asio::buffer(head_)};
    if (const auto* text = std::get_if<std::string>(&body_)) {
      buffers[1] = asio::buffer(*text);
    } else if (const auto* shared = std::get_if<SharedText>(&body_)) {
      buffers[1] = asio::buffer(**shared);
    }
    write(buffers, [](StreamConnection& self) { self.after_head(); });
  }

  void after_head() {
    if (std::holds_alternative<BodySource>(body_)) return write_piece();
    if (std::holds_alternative<EventStream>(body_)) {
      if (is_retired_) return close();
      is_answering_ = false;
      this->end_answer();
      watch_for_end();
      return owner_.begin_events(this->shared_from_this());
    }
    after_answer();
  }

  void write_piece() {
    piece_.clear();
    bool more = false;
    try {
      more = std::get<BodySource>(body_)(piece_);
    } catch (const std::exception&) {  // out of memory: a partial answer must not look complete
      return close();
    }
    if (piece_.empty() && more) {  // lets other connections run first
      asio::post(stream_.get_executor(),
                 [self = this->shared_from_this()] { self->write_piece(); });
      return;
    }
    std::array<asio::const_buffer, 4> buffers{};
    if (!is_chunked_) {
      buffers[0] = asio::buffer(piece_);
    } else {
      if (!piece_.empty()) {
        piece_head_ = chunk_head(piece_.size());
        buffers[0] = asio::buffer(piece_head_);
        buffers[1] = asio::buffer(piece_);
        buffers[2] = asio::buffer(kChunkEnd);
      }
      if (!more) buffers[3] = asio::buffer(kLastChunk);
    }
    if (more) {
      write(buffers, [](StreamConnection& self) { self.write_piece(); });
    } else {
      write(buffers, [](StreamConnection& self) { self.after_answer(); });
    }
  }

  template <typename Next>
  void write(const std::array<asio::const_buffer, 4>& buffers, Next next) {
    this->set_waiting(true);  // the client may not read
    lowest().expires_at(
        std::min(std::chrono::steady_clock::now() + owner_.limits().piece, answer_until_));
    asio::async_write(
        stream_, buffers,
        [self = this->shared_from_this(), next](beast::error_code error, std::size_t) {
          if (error) return self->close();
          self->set_waiting(false);
          next(*self);
        });
  }

  void after_answer() {
    body_ = std::string();
    this->end_answer();
    forget_unread(false);
    if (keep_alive_ && !is_retired_) return read();
    this->set_waiting(true);
    if constexpr (kIsTls) {
      lowest().expires_after(owner_.limits().request);
      stream_.async_shutdown(
          [self = this->shared_from_this()](beast::error_code) { self->close(); });
    } else {
      beast::error_code ignored;
      stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
      lowest().expires_after(owner_.limits().request);  // for all of it, however slowly it arrives
      drain();
    }
  }

  // Reads the rest first: closing a socket with unread data sends a RST, which may overtake the
  // answer (RFC 9112, 9.6).
  void drain() {
    spare_.resize(kDrainPiece);
    stream_.async_read_some(asio::buffer(spare_), [self = this->shared_from_this()](
                                                      beast::error_code error, std::size_t bytes) {
      self->drained_ += bytes;
      if (error || self->drained_ > kDrainBytesMax) return self->close();
      self->drain();
    });
  }

  // A subscriber sends nothing more. This read detects its end, and limits what it sends.
  void watch_for_end() {
    lowest().expires_never();
    spare_.resize(kDrainPiece);
    stream_.async_read_some(asio::buffer(spare_), [self = this->shared_from_this()](
                                                      beast::error_code error, std::size_t bytes) {
      self->drained_ += bytes;
      if (error || self->drained_ > kDrainBytesMax) return self->close();
      self->watch_for_end();
    });
  }

  void write_event() {
    lowest().expires_after(owner_.limits().piece);  // for the write only: a read is pending
    asio::async_write(stream_, asio::buffer(*queue_.front()),
                      [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                        if (error) return self->close();
                        self->queued_bytes_ -= self->queue_.front()->size();
                        self->queue_.pop_front();
                        if (!self->queue_.empty()) self->write_event();
                      });
  }

  std::shared_ptr<TlsContext> tls_;  // outlives the stream
  Stream stream_;
  beast::flat_buffer buffer_{ServerLimits::kHeadBytes + ServerLimits::kBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  bool is_first_ = true;
  bool is_answering_ = false;  // from a request to the end of its answer; false while subscribed
  bool is_retired_ = false;
  bool keep_alive_ = false;
  bool is_http_10_ = false;
  bool is_head_ = false;
  bool is_chunked_ = false;
  std::string head_;
  Body body_;
  std::chrono::steady_clock::time_point answer_until_;
  std::string piece_head_;
  std::string piece_;
  std::string spare_;
  std::size_t drained_ = 0;
  std::deque<SharedText> queue_;  // the first is being written
  std::size_t queued_bytes_ = 0;
};

}  // namespace rollcall::web
