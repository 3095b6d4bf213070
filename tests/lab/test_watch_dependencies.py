"""What a watch needs and does not have: it asks its fleet all the same, says what is missing, and takes it when it comes."""

import json
import unittest

from harness import wait_until
from watching import PYTHON, TELL_A_FILE, WatchLab

PORT = 9750
SOURCE_PORT = 8099

RECEIVERS = """
[[alerts.webhook]]
name = "hook"
url = "http://127.0.0.1:8098/"
token_file = "{folder}/hook-token"
[[alerts.command]]
name = "missing"
command = ["{folder}/pager"]
[[alerts.command]]
name = "no-program"
command = ["{folder}/script"]
[[alerts.email]]
name = "mail"
url = "smtp://127.0.0.1:8097"
user = "rollcall"
password_file = "{folder}/password"
from = "rollcall@example.net"
to = ["noc@example.net"]
"""

# Holds a port until it is ended.
HOLD = """
import socket, sys, time
taken = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("held", file=sys.stderr, flush=True)
time.sleep(600)
"""

# Gives each who asks with the right token the file of targets.
SERVE = """
import http.server, pathlib, sys
class Source(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path == "/list?token=s3cret"
        body = pathlib.Path(sys.argv[2]).read_bytes() if known else b"who are you: " + self.path.encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Source).serve_forever()
"""


class Dependencies(WatchLab):
    ALERTS = TELL_A_FILE

    def setUp(self):
        super().setUp()
        self.more = self.folder / "more.csv"
        self.url = f"http://127.0.0.1:{SOURCE_PORT}/list?token=s3cret"

    def run_inside(self, code, *arguments):
        """A program in the monitor's namespace; ended with the test, or before."""
        process = self.lab.start(PYTHON, "-c", code, *arguments)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process._process.returncode is None:
            process._process.kill()
            process.finish(5)

    def hold_port(self):
        process = self.run_inside(HOLD, PORT)
        wait_until(lambda: "held" in process.stderr_so_far(), "the port to be taken", 10)
        return process

    def log(self):
        return self.watch.stderr_so_far()

    def problems(self):
        return self.ask("status")["vantage"]["problems"]

    def wait_for_problems(self, *words):
        def all_are_named():
            text = "\n".join(self.problems())
            return all(word in text for word in words)
        self.wait_for(all_are_named, f"problems to name {words}", 60)

    def test_all_of_it_missing_at_the_start(self):
        self.config.write_text(
            self.config.read_text().replace(
                'refresh = "10m"', f'refresh = "5s"\nurls = ["{self.url}"]')
            + RECEIVERS.format(folder=self.folder))
        self.token.unlink()
        (self.folder / "password").write_text("")
        (self.folder / "script").write_text("#!/bin/sh\ncat >/dev/null\n")
        holder = self.hold_port()
        self.start_watch()
        self.wait_for(lambda: "msg=sweep " in self.log() or 'msg="sweep"' in self.log(), "a sweep", 30)
        self.assertIn("cannot listen on 127.0.0.1 port 9750", self.log())
        self.assertTrue(any("HTTP: cannot listen" in line for line in self.notify.heard),
                        self.notify.heard)

        self.end(holder)
        self.wait_for(lambda: self.client("status").returncode != 3, "HTTP to be served", 30)
        self.wait_for_problems("hook-token", "/pager", "/script", "/password", "http.token_file",
                               "/list?token=***")
        done = self.client("status")
        self.assertEqual(done.returncode, 0, "a minute of it is no incident yet: " + done.stdout)
        self.assertNotIn("s3cret", self.log() + done.stdout + str(self.ask("status")))
        for path in ("metrics", "api/v1/inventory"):
            text = self.lab.run("monitor", "curl", "-s", f"http://127.0.0.1:{PORT}/{path}")
            self.assertNotIn("s3cret", text)
            self.assertIn("token=***", text)
        self.assertEqual(self.client("note", "web01", "x", "--by", "anna").returncode, 3)

        self.token.write_text("a secret\n")
        (self.folder / "hook-token").write_text("a token\n")
        (self.folder / "password").write_text("a password\n")
        (self.folder / "pager").symlink_to("/bin/true")
        (self.folder / "script").chmod(0o755)
        self.more.write_text("address,ports,group\n203.0.113.9,80,far\n")
        self.run_inside(SERVE, SOURCE_PORT, self.more)
        self.wait_for(lambda: not [p for p in self.problems() if "sound sweep" not in p],
                      "all problems to be over", 90)
        self.assertEqual(self.client("note", "web01", "x", "--by", "anna", "--token-file",
                                     self.token).returncode, 0)
        sources = {source["name"]: source["targets"] for source in
                   self.ask_inventory()["sources"]}
        self.assertEqual(sources[f"http://127.0.0.1:{SOURCE_PORT}/list?token=***"], 1)

    def ask_inventory(self):
        return json.loads(self.lab.run("monitor", "curl", "-s",
                                       f"http://127.0.0.1:{PORT}/api/v1/inventory"))

    def test_a_port_that_stays_taken_is_told(self):
        holder = self.hold_port()
        self.start_watch()
        subject = f"HTTP server 127.0.0.1:{PORT}"
        self.wait_for(lambda: self.told() == [("opened", subject)], "the receivers to be told", 100)
        self.end(holder)
        self.wait_for(lambda: self.told() == [("opened", subject), ("ended", subject)],
                      "its end to be told", 30)
        self.assertEqual(self.client("status").returncode, 0)


if __name__ == "__main__":
    unittest.main()
