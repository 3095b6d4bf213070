"""A reverse proxy on loopback that shows a watch below a path, as nginx does.

    prefix_proxy.py PORT PREFIX HOST cut|pass

It cuts PREFIX off, or passes it on, and sends HOST as the Host field. It speaks HTTP/1.0 to the
watch, which is nginx' default, and hands on each piece of an answer as it comes.
"""

import http.client
import http.server
import sys

UPSTREAM = ("127.0.0.1", 9750)
PORT, PREFIX, HOST, MODE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
DROPPED = {"connection", "keep-alive", "transfer-encoding", "host", "accept-encoding"}


class Upstream(http.client.HTTPConnection):
    _http_vsn, _http_vsn_str = 10, "HTTP/1.0"


class Proxy(http.server.BaseHTTPRequestHandler):
    def forward(self):
        if not self.path.startswith(PREFIX):
            return self.send_error(404, "not below the prefix")
        path = self.path[len(PREFIX):] if MODE == "cut" else self.path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = Upstream(*UPSTREAM, timeout=120)
        upstream.putrequest(self.command, path or "/", skip_host=True, skip_accept_encoding=True)
        upstream.putheader("Host", HOST)
        for name, value in self.headers.items():
            if name.lower() not in DROPPED:
                upstream.putheader(name, value)
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in DROPPED:
                self.send_header(name, value)
        self.end_headers()
        while piece := answer.read1(65536):
            self.wfile.write(piece)
            self.wfile.flush()
        upstream.close()
        return None

    do_GET = do_POST = do_DELETE = do_HEAD = forward

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Proxy).serve_forever()
