// Declares Connection, the server's view of a connection, and ConnectionOwner, the reverse.
//
// Threading: the server's thread.
// Ownership: pending operations keep connections alive; the owner outlives all.
// Units:     bytes.
// Cost:      an entry in each of three lists.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <list>
#include <memory>
#include <string>
#include <utility>

#include "cli/web/http/exchange.h"
#include "cli/web/http/server_limits.h"
#include "engine/base/address.h"

namespace rollcall::web {

using Request11 = boost::beast::http::request<boost::beast::http::string_body>;
using SharedText = std::shared_ptr<const std::string>;

class Connection;
using ConnectionPtr = std::shared_ptr<Connection>;

// The functions of the server that a connection calls.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual const ServerLimits& limits() const = 0;
  virtual void take(const ConnectionPtr& connection, Request11 request) = 0;
  // Called after the head of an event stream was written.
  virtual void begin_events(const ConnectionPtr& connection) = 0;
  virtual void end_events(Connection& connection) = 0;

  std::list<Connection*> connections;
  std::list<Connection*> waiting;    // idle or slow clients, the longest wait first
  std::list<Connection*> answering;  // the longest first
  std::size_t unread_bytes = 0;      // of their answers
};

// A connection's entry in one of its owner's lists. The destructor removes it.
class Place {
 public:
  Place() = default;
  ~Place() { leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // Enters at the end of the list.
  void take(std::list<Connection*>& list, Connection* connection) {
    leave();
    at_ = list.insert(list.end(), connection);
    list_ = &list;
  }
  void leave() {
    if (list_ != nullptr) list_->erase(at_);
    list_ = nullptr;
  }

 private:
  std::list<Connection*>* list_ = nullptr;
  std::list<Connection*>::iterator at_;
};

class Connection {
 public:
  explicit Connection(ConnectionOwner& owner) : owner_(owner) {
    among_all_.take(owner.connections, this);
  }
  virtual ~Connection() { end_answer(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  virtual void respond(Response response) = 0;
  virtual void send_event(SharedText text) = 0;
  // Bytes of events behind the one being written: 0 for a client that keeps up.
  virtual std::size_t queued_bytes() const = 0;
  virtual void close() = 0;
  // Closes at once, and discards sent data that the client has not read.
  virtual void drop() = 0;
  // The configuration has changed: an answer under way is the last one, else the connection ends
  // now.
  virtual void retire() = 0;

  Address peer;
  bool is_encrypted = false;
  bool has_certificate = false;  // that our CA signed

 protected:
  void set_waiting(bool is_waiting) {
    is_waiting ? among_waiting_.take(owner_.waiting, this) : among_waiting_.leave();
  }

  // When all answers together hold too many bytes, drops those that began first, because they are
  // the slowest.
  void begin_answer(std::size_t bytes) {
    among_answering_.take(owner_.answering, this);
    answer_bytes_ = bytes;
    owner_.unread_bytes += bytes;
    while (owner_.unread_bytes > owner_.limits().unread_bytes && owner_.answering.front() != this) {
      owner_.answering.front()->drop();
    }
  }
  void end_answer() {
    among_answering_.leave();
    owner_.unread_bytes -= std::exchange(answer_bytes_, 0);
  }

  ConnectionOwner& owner_;

 private:
  Place among_all_;
  Place among_waiting_;
  Place among_answering_;
  std::size_t answer_bytes_ = 0;
};

}  // namespace rollcall::web
