// A connection as the server sees it, and the server as a connection does.
//
// Threading: the server's thread.
// Ownership: connections are kept alive by their pending operations; the owner outlives all.
// Units:     bytes.
// Errors:    none here; see stream_connection.h.
// Cost:      a place in each of three lists.
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

// What a connection needs of the server.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual const ServerLimits& limits() const = 0;
  virtual void take(const ConnectionPtr& connection, Request11 request) = 0;
  // The answer that begins an event stream is out.
  virtual void begin_events(const ConnectionPtr& connection) = 0;
  virtual void end_events(Connection& connection) = 0;

  std::list<Connection*> connections;
  std::list<Connection*> waiting;    // those that keep us waiting, the longest first
  std::list<Connection*> answering;  // the longest first
  std::size_t unread_bytes = 0;      // of their answers
};

// A connection's place in one of its owner's lists. It leaves when it goes, at the latest.
class Place {
 public:
  Place() = default;
  ~Place() { leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // The last of the list.
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
  // Of events, behind the one that is being written: who keeps pace has none.
  virtual std::size_t queued_bytes() const = 0;
  virtual void close() = 0;
  // At once: what it was sent and has not read is forgotten too.
  virtual void drop() = 0;
  // It began under rules that hold no more: an answer under way is its last, else it ends now.
  virtual void retire() = 0;

  Address peer;
  bool is_encrypted = false;
  bool has_certificate = false;  // that our CA signed

 protected:
  void set_waiting(bool is_waiting) {
    is_waiting ? among_waiting_.take(owner_.waiting, this) : among_waiting_.leave();
  }

  // Where all answers together keep too much, those go that were begun first: they are slowest.
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
