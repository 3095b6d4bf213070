"""What the scenarios of `rollcall watch` share: the process, its supervisor, what it says, stored and told.

A scenario's class says SERVERS and ALIASES of its lab, the times of its configuration, and whom to
alert: every message goes to a command that appends it to self.told_file, or where ALERTS says.
"""

import contextlib
import json
import pathlib
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

from harness import BINARY, LabTest, ROOT, wait_until

PYTHON = "/usr/bin/python3"

CONFIG = """
site = "lab"
[inventory]
files = ["{fleet}"]
refresh = "10m"
[sweep]
interval = "{interval}s"
group_rate = 2000
[judgement]
confirm_span = "{span}s"
settling = "{settling}s"
[history]
folder = "{state}"
[http]
token_file = "{token}"
"""
TELL_A_FILE = """
[alerts]
[[alerts.command]]
name = "file"
command = ["/usr/bin/tee", "-a", "{told}"]
"""


def whole_lines(path):
    """Of a file that somebody is writing to, or has not begun yet."""
    text = path.read_text() if path.exists() else ""
    return text[:text.rfind("\n") + 1].splitlines()


class RoomForNeighbours:
    """The kernel has one neighbour table for all namespaces, and only the host may size it."""

    FOLDER = pathlib.Path("/proc/sys/net/ipv4/neigh/default")

    def __init__(self, entries):
        self._wanted = {"gc_thresh3": entries + 1024, "gc_thresh2": entries + 512}
        self._before = {}

    def __enter__(self):
        for name, entries in self._wanted.items():
            before = int((self.FOLDER / name).read_text())
            if before < entries:
                self._before[name] = before
                (self.FOLDER / name).write_text(str(entries))
        return self

    def __exit__(self, *_):
        for name, entries in self._before.items():
            (self.FOLDER / name).write_text(str(entries))


class Notify:
    """systemd's end of sd_notify(3)."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.heard = []
        self.fed_at = 0.0  # of the newest WATCHDOG=1
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while data := self._socket.recv(65536):
            lines = data.decode().splitlines()
            self.heard += lines
            if "WATCHDOG=1" in lines:
                self.fed_at = time.monotonic()

    def count(self, word):
        return sum(line == word for line in list(self.heard))

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self._thread.join()
        self._socket.close()


class WatchLab(LabTest):
    KIND = "story"
    SERVERS, ALIASES = 4, 8
    INTERVAL, SPAN, SETTLING = 5, 5, 10
    ALERTS = TELL_A_FILE

    @classmethod
    def setUpClass(cls):
        cls.OPTIONS = ("--servers", cls.SERVERS, "--aliases", cls.ALIASES)
        cls.enterClassContext(RoomForNeighbours(cls.SERVERS * (cls.ALIASES + 1) + 64))
        super().setUpClass()

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.state = self.folder / "state"
        self.state.mkdir()
        self.fleet = self.folder / "fleet.csv"
        self.fleet.write_text(pathlib.Path(self.lab.fleet).read_text())
        self.token = self.folder / "token"
        self.token.write_text("a secret\n")
        self.told_file = self.folder / "told"
        self.config = self.folder / "rollcall.toml"
        self.config.write_text((CONFIG + self.ALERTS).format(
            fleet=self.fleet, interval=self.INTERVAL, span=self.SPAN, settling=self.SETTLING,
            state=self.state, token=self.token, told=self.told_file))
        self.notify = Notify(self.folder)
        self.addCleanup(self.notify.close)
        self.watch = None
        self.addCleanup(self.end_watch)

    # The process.

    def launch_watch(self, *wrapper, env=None):
        self.watch = self.lab.start(*wrapper, BINARY, "watch", "--config", self.config,
                                    env={"NOTIFY_SOCKET": self.notify.path,
                                         "WATCHDOG_USEC": "3000000", **(env or {})})

    def start_watch(self, *wrapper, env=None):
        before = self.notify.count("READY=1")
        self.launch_watch(*wrapper, env=env)
        wait_until(lambda: self.notify.count("READY=1") > before or self.watch.ended(),
                   "the watch to be ready", 60)
        self.assertFalse(self.watch.ended(), self.watch.stderr_so_far())

    @property
    def pid(self):
        return self.watch._process.pid

    def send(self, number):
        self.watch._process.send_signal(number)

    def end_watch(self):
        if self.watch is None:
            return None
        self.send(signal.SIGTERM)
        ended, self.watch = self.watch.finish(15), None
        return ended

    def kill_watch(self):
        self.send(signal.SIGKILL)
        killed, self.watch = self.watch.finish(30), None  # the kernel may take seconds
        self.assertEqual(killed.exit, -signal.SIGKILL, killed)
        return killed

    # What it says.

    def client(self, *arguments):
        return subprocess.run(
            [str(ROOT / "scripts" / "lab.sh"), "--name", self.lab.name, "exec", "monitor", BINARY,
             *map(str, arguments)], text=True, capture_output=True, timeout=90, check=False)

    def ask(self, *arguments):
        done = self.client(*arguments, "--format", "json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}\n"
                                 f"{self.watch.stderr_so_far()[-4000:]}") from None

    def groups(self):
        return {group["group"]: group for group in self.ask("status")["groups_not_up"]}

    def trouble_of(self, group):
        return self.groups().get(group, {}).get("trouble")

    def wait_for(self, condition, what, seconds):
        try:
            wait_until(condition, what, seconds)
        except RuntimeError as error:
            log = self.watch.stderr_so_far()[-6000:] if self.watch else ""
            raise AssertionError(f"{error}\n{log}") from None

    def wait_for_a_sweep(self):
        self.wait_for(lambda: self.ask("status")["last_sweep"], "a sweep", 30)

    # What it told, and stored.

    def told(self):
        """[("opened" or "ended", subject)] in the order in which the command was given them.

        What a kill made it tell a second time is the same message, word for word, and counts once.
        That an incident reads otherwise is left out: a sweep may see half of a mend.
        """
        alerts = [json.loads(line) for line in dict.fromkeys(whole_lines(self.told_file))]
        return [(alert["change"], alert["incident"]["subject"]) for alert in alerts
                if alert["kind"] == "incident" and alert["change"] != "changed"]

    def rows(self, query):
        address = f"file:{self.state}/history.db?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            return database.execute(query).fetchall()

    def stored_incidents(self):
        return [json.loads(document) for (document,) in
                self.rows("SELECT document FROM incidents ORDER BY started_at")]

    def assert_history_is_whole(self):
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
