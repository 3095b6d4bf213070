"""A file that does not answer is named within a minute, and holds nothing else up."""

import mmap
import os
import subprocess
import time
import unittest

from harness import ROOT, require
from watching import WatchLab

HANGING_IO = os.environ.get("ROLLCALL_HANGING_IO", str(
    ROOT / "build" / "release" / "tests" / "lab" / "libhanging_io.so"))
NAMED = 60  # seconds
PATIENCE = 10  # seconds, of whoever stops it

ALERTS = """
[alerts]
heartbeat = "10s"
[[alerts.command]]
name = "file"
command = ["/usr/bin/tee", "-a", "{told}"]
"""
HOOK = """
[[alerts.webhook]]
name = "hook"
url = "http://127.0.0.1:8098/"
token_file = "{folder}/hook-token"
"""
# libcurl opens its file of authorities once it is connected.
LISTEN = """
import socket, time
server = socket.create_server(("127.0.0.1", 8098))
kept = [server.accept() for _ in range(100)]
"""


class Hangs(WatchLab):
    ALERTS = ALERTS
    URL = "http://127.0.0.1:9750"

    def setUp(self):
        super().setUp()
        self.addCleanup(self.lab.script, "heal")

    def ready(self):
        """The status of /-/ready, or what curl says instead."""
        return self.lab.run("monitor", "sh", "-c",
                            f"curl -sk -m 2 -o /dev/null -w '%{{http_code}}' {self.URL}/-/ready; true")

    def problems(self):
        return "\n".join(self.ask("status")["vantage"]["problems"])

    def assert_it_ends_in_time(self):
        begun = time.monotonic()
        ended = self.end_watch()
        seconds = time.monotonic() - begun
        print(f"ended in {seconds:.2f} s", flush=True)
        self.assertEqual(ended.exit, 0, ended)
        self.assertLess(seconds, PATIENCE)
        return ended

    def break_and_tell(self):
        self.wait_for_a_sweep()
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))

    def wait_for_told(self, *expected):
        self.wait_for(lambda: self.told() == list(expected), f"{expected} to be told", 60)


class HangingFiles(Hangs):
    def setUp(self):
        super().setUp()
        require(os.access(HANGING_IO, os.R_OK), f"{HANGING_IO} is missing: build it first")
        path = self.folder / "hanging"
        path.write_bytes(bytes(4096))
        with path.open("r+b") as file:
            self.control = mmap.mmap(file.fileno(), 4096)
        self.addCleanup(self.let_go)

    def hang(self, call, word):
        text = f"{call} {word}".encode()
        self.control[1:len(text)] = text[1:]
        self.control[0:1] = text[0:1]  # last: it is looked at first

    def let_go(self):
        self.control[:] = bytes(4096)

    def start_with_shim(self, *wrapper):
        self.start_watch(*wrapper, "env", f"LD_PRELOAD={HANGING_IO}",
                         f"ROLLCALL_HANGING={self.folder / 'hanging'}")

    def wait_until_named(self, *words):
        self.wait_for(lambda: all(word in self.problems() for word in words),
                      f"the status to name {words}", NAMED)

    def test_a_disk_that_does_not_finish_a_write(self):
        self.start_with_shim()
        self.wait_for_a_sweep()
        self.hang("sync", "history.db")
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.wait_until_named(f"a write to the history in {self.state} does not return")
        self.wait_for(lambda: "something does not return" in self.watch.stderr_so_far(), "the log", 5)
        self.assertTrue(any("does not return" in line for line in self.notify.heard))
        self.assertEqual(self.ready(), "200")
        fed = self.notify.count("WATCHDOG=1")
        self.lab.script("heal")
        self.wait_for_told(("opened", "web02"), ("ended", "web02"))
        self.assertGreater(self.notify.count("WATCHDOG=1"), fed)
        self.let_go()
        self.wait_for(lambda: "does not return" not in self.problems(), "the disk to be well", 30)
        self.wait_for(lambda: self.ask("status")["history_rows_waiting"] == 0, "the writes", 30)
        incidents = self.stored_incidents()
        self.assertEqual([i["subject"] for i in incidents], ["web02"])
        self.assertTrue(incidents[0]["ended_at"])
        self.hang("sync", "history.db")
        self.wait_for_a_hanging_write()
        ended = self.assert_it_ends_in_time()
        self.assertIn("a part of the history is not written", ended.stderr)
        self.let_go()
        self.start_watch()
        self.wait_for_a_sweep()
        self.assert_history_is_whole()
        self.assertEqual(self.told(), [("opened", "web02"), ("ended", "web02")])

    def test_what_is_told_is_written_where_the_disk_is_merely_slow(self):
        self.start_with_shim()
        self.wait_for_a_sweep()
        self.hang("slow", "history.db")
        self.break_and_tell()
        self.assertEqual([i["subject"] for i in self.stored_incidents()], ["web02"])
        self.assert_it_ends_in_time()

    def wait_for_a_hanging_write(self):
        self.wait_for(lambda: self.ask("status")["history_rows_waiting"] > 0, "a write", 30)

    def test_a_disk_that_cannot_be_read_at_the_start(self):
        self.start_watch()
        self.break_and_tell()
        self.end_watch()
        self.hang("read", "history.db")
        self.start_with_shim()
        self.wait_for_a_sweep()
        self.wait_until_named("the history in", "what was known before the start is not read yet")
        self.let_go()
        self.wait_for(lambda: "not read yet" not in self.problems(), "the history to be read", 30)
        self.lab.script("heal")
        self.wait_for_told(("opened", "web02"), ("ended", "web02"))
        self.assert_it_ends_in_time()

    def test_standard_error_that_nobody_reads(self):
        pipe = self.folder / "stderr"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(reader, bytes(4096))
        self.start_watch("sh", "-c", f'exec "$@" 2>{pipe}', "sh")
        self.break_and_tell()
        self.wait_until_named("a write of the log to standard error does not return")
        self.assert_it_ends_in_time()

    def test_a_log_on_a_file_system_that_does_not_answer(self):
        self.start_with_shim("sh", "-c", f'exec "$@" 2>{self.folder}/the-log', "sh")
        self.wait_for_a_sweep()
        self.hang("write", "the-log")
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.wait_until_named("a write of the log to standard error does not return")
        self.assert_it_ends_in_time()

    def test_inventory_secret_and_token_that_cannot_be_read_to_their_end(self):
        secret = self.folder / "hook-token"
        secret.write_text("a token\n")
        self.config.write_text(self.config.read_text().replace('refresh = "10m"', 'refresh = "10s"')
                               + HOOK.format(folder=self.folder))
        self.start_watch()
        self.wait_for_a_sweep()
        for path in (secret, self.token, self.fleet):
            path.unlink()
            os.mkfifo(path)
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.wait_until_named(f"reading the secret in {secret} does not return",
                              "reading web.config, the token or a certificate does not return",
                              f"{self.fleet}: is a pipe")
        self.assertEqual(self.ready(), "200")
        self.assert_it_ends_in_time()
        # The same at a start: what is remembered is asked.
        self.start_watch()
        self.wait_for_told(("opened", "web02"))
        self.lab.script("heal")
        self.wait_for_told(("opened", "web02"), ("ended", "web02"))
        self.assert_it_ends_in_time()


class HangingCertificates(Hangs):
    """Of the HTTP server, and of a receiver: libcurl reads the latter when it connects."""

    URL = "https://127.0.0.1:9750"

    def setUp(self):
        super().setUp()
        self.certificate = self.folder / "server.crt"
        key = self.folder / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=rollcall",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", self.certificate], check=True, capture_output=True, timeout=30)
        web = self.folder / "web.yml"
        web.write_text(f"tls_server_config:\n  cert_file: {self.certificate}\n  key_file: {key}\n")
        self.known = self.folder / "known.crt"  # for the client
        self.known.write_bytes(self.certificate.read_bytes())
        self.authority = self.folder / "authority.crt"  # of the receiver
        self.authority.write_bytes(self.certificate.read_bytes())
        self.config.write_text(self.config.read_text().replace(
            "[http]\n", f'[http]\nweb_config = "{web}"\n')
            + HOOK.format(folder=self.folder).replace("http://", "https://")
            + f'ca_file = "{self.authority}"\n')
        (self.folder / "hook-token").write_text("a token\n")

    def client(self, *arguments):
        return super().client(*arguments, "--url", self.URL, "--ca-file", self.known)

    def become_a_pipe(self, path):
        path.unlink()
        os.mkfifo(path)

    def test_a_certificate_of_the_server(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.become_a_pipe(self.certificate)
        self.wait_for(lambda: "reading web.config, the token or a certificate does not return"
                      in self.problems(), "the status to name the certificate", NAMED)
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.assertEqual(self.ready(), "200")
        self.assert_it_ends_in_time()

    def test_a_certificate_of_a_receiver(self):
        listener = self.lab.start("python3", "-c", LISTEN)
        self.addCleanup(lambda: (listener.terminate(), listener.finish(10)))
        self.start_watch()
        self.wait_for_a_sweep()
        self.become_a_pipe(self.authority)
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for_told(("opened", "web02"))
        self.wait_for(lambda: "a delivery to hook does not return" in self.problems(),
                      "the status to name the receiver", NAMED)
        self.assertEqual(self.ready(), "200")
        self.assert_it_ends_in_time()


if __name__ == "__main__":
    unittest.main(verbosity=2)
