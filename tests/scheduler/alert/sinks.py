#!/usr/bin/env python3
"""A receiver for tests: takes what comes on 127.0.0.1 and prints each thing as one line of JSON.

    sinks.py http PORT             POST to /taken, /status/NNN, /redirect, /hang, /flood or /echo/...
    sinks.py https PORT CERT KEY [CLIENT_CA]   the same over TLS
    sinks.py smtp PORT             refuses recipients that begin with "refused", and those that begin
                                   with "later" until their second try; AUTH PLAIN offered
    sinks.py slow PORT URL SECONDS passes each POST on to URL that much later
"""

import http.server
import json
import socketserver
import ssl
import sys
import threading
import time
import urllib.request

printing = threading.Lock()


def tell(**what):
    with printing:
        print(json.dumps(what), flush=True)


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        tell(path=self.path, headers={name.lower(): value for name, value in self.headers.items()},
             body=body.decode(), client_port=self.client_address[1])
        if self.path == "/hang":
            time.sleep(60)
        status = 200
        if self.path.startswith("/status/"):
            status = int(self.path.rsplit("/", 1)[1])
        elif self.path == "/redirect":
            status = 302
        elif self.path.startswith("/echo/"):
            status = 404
        answer = b"x" * 5_000_000 if self.path == "/flood" else b"answer \x1b[2J of the sink"
        if status == 404:
            answer += b": no " + self.path.encode() + b" here"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/taken")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Slow(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(float(sys.argv[4]))
        request = urllib.request.Request(sys.argv[3] + self.path, body,
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            self.send_response(answer.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


deferred = set()  # recipients that were told to come later


class Smtp(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        mail = {"to": []}
        self.say("220 sink")
        for line in self.rfile:
            text = line.decode().rstrip("\r\n")
            verb = text.split(" ", 1)[0].upper()
            if verb == "EHLO":
                self.say("250-sink")
                self.say("250 AUTH PLAIN")
            elif verb == "AUTH":
                self.say("334 ")
                mail["auth"] = self.rfile.readline().decode().strip()
                self.say("235 welcome")
            elif verb == "MAIL":
                mail["from"] = text
                self.say("250 ok")
            elif verb == "RCPT":
                if "<refused" in text:
                    self.say("550 no such mailbox")
                elif "<later" in text and text not in deferred:
                    deferred.add(text)
                    self.say("450 come later")
                else:
                    mail["to"].append(text)
                    self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                data = []
                for data_line in self.rfile:
                    if data_line == b".\r\n":
                        break
                    data.append(data_line.decode())
                mail["data"] = "".join(data)
                tell(**mail)
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # who connected was killed, as tests do


def main():
    kind, port = sys.argv[1], int(sys.argv[2])
    server = Server(("127.0.0.1", port), {"smtp": Smtp, "slow": Slow}.get(kind, Http))
    if kind == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        if len(sys.argv) > 5:
            context.load_verify_locations(sys.argv[5])
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    tell(ready=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
