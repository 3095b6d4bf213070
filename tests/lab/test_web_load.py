"""100,000 targets every 10 s, and fifty people watch: what that costs the sweeps and the server.

Prints what it measures; ROLLCALL_WEB_SWEEPS sets over how many sweeps each way.
"""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

from harness import BINARY, LAB_SCRIPT, LabTest, wait_until

GROUPS, ADDRESSES = 250, 400
LISTENERS = 50
INTERVAL_S = 10
SWEEPS = int(os.environ.get("ROLLCALL_WEB_SWEEPS", "6"))
PORT = 9750
TICK_S = 1 / os.sysconf("SC_CLK_TCK")

CONFIG = """
[inventory]
files = ["{fleet}"]
[sweep]
interval = "{interval}s"
rate = 40000
group_rate = 5000
[history]
folder = "{folder}"
"""


class WebLoad(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/14")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        fleet = self.folder / "fleet.csv"
        fleet.write_text("address,ports,group\n" + "".join(
            f"10.{i // 128}.{i % 128 * 2}.0-10.{i // 128}.{i % 128 * 2 + 1}.143,80,web{i}\n"
            for i in range(GROUPS)))
        config = self.folder / "rollcall.toml"
        config.write_text(CONFIG.format(fleet=fleet, interval=INTERVAL_S, folder=self.folder))
        self.watch = self.lab.start(BINARY, "watch", "--config", config)
        self.addCleanup(self.end_watch)
        self.wait_for(lambda: self.sweeps() >= 2, "two sweeps", 90)

    def end_watch(self):
        self.watch._process.send_signal(signal.SIGTERM)
        self.watch.finish(20)

    def wait_for(self, condition, what, seconds):
        try:
            wait_until(condition, what, seconds)
        except RuntimeError as error:
            raise AssertionError(f"{error}\n{self.watch.stderr_so_far()[-4000:]}") from None

    def inside(self, *command, **options):
        return subprocess.Popen(
            [str(LAB_SCRIPT), "--name", self.lab.name, "exec", "monitor", *map(str, command)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)

    def get(self, path):
        done = self.inside("curl", "-sS", "--max-time", "20", f"http://127.0.0.1:{PORT}{path}")
        return json.loads(done.communicate(timeout=30)[0] or "{}")

    def summaries(self):
        return self.get("/api/v1/sweeps").get("sweeps", [])

    def sweeps(self):
        return len(self.summaries())

    def server_cpu_s(self):
        """Of the one thread that serves all connections."""
        for task in pathlib.Path(f"/proc/{self.watch._process.pid}/task").iterdir():
            stat = (task / "stat").read_text()
            if "(rollcall-web)" in stat:
                fields = stat.rsplit(")", 1)[1].split()
                return (int(fields[11]) + int(fields[12])) * TICK_S
        raise AssertionError("no thread is called rollcall-web")

    def measure(self):
        """(median seconds of a sweep, the server's share of a core) over the next SWEEPS."""
        first = self.sweeps()
        began, cpu = time.monotonic(), self.server_cpu_s()
        self.wait_for(lambda: self.sweeps() >= first + SWEEPS, "the sweeps", SWEEPS * 30)
        share = (self.server_cpu_s() - cpu) / (time.monotonic() - began)
        newest = self.summaries()[:SWEEPS]
        self.assertEqual({sweep["targets"] for sweep in newest}, {GROUPS * ADDRESSES})
        self.assertEqual({sweep["missing"] for sweep in newest}, {0})
        return statistics.median(sweep["duration_s"] for sweep in newest), share

    def test_fifty_listeners_cost_little_and_slow_no_sweep(self):
        alone_s, alone_share = self.measure()
        listeners = self.inside(sys.executable, "-B",
                                pathlib.Path(__file__).with_name("event_listeners.py"),
                                LISTENERS, "127.0.0.1", PORT)
        self.addCleanup(listeners.kill)
        with_s, with_share = self.measure()
        heard = json.loads(listeners.communicate("", timeout=20)[0])
        print(f"a sweep of {GROUPS * ADDRESSES}: {alone_s:.3f} s alone, {with_s:.3f} s with "
              f"{LISTENERS} listeners; the server's thread: {alone_share:.2%} and {with_share:.2%} "
              f"of a core; events heard by each: {min(heard)} to {max(heard)}", flush=True)
        self.assertGreaterEqual(min(heard), SWEEPS, "somebody was not told")
        self.assertLessEqual(with_share, 0.05)
        self.assertLessEqual(with_s, alone_s * 1.05)


if __name__ == "__main__":
    unittest.main()
