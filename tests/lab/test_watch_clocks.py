"""A watch whose clocks are moved, and which is stopped and continued, sees nothing that is not there."""

import mmap
import os
import random
import select
import signal
import struct
import unittest

from harness import ROOT, require
from watching import WatchLab

MOVED_CLOCKS = os.environ.get("ROLLCALL_MOVED_CLOCKS", str(
    ROOT / "build" / "release" / "tests" / "lab" / "libmoved_clocks.so"))
HOUR = 3600
STOPPED = 30  # seconds


class Clocks:
    """What moved_clocks.cc adds, in seconds."""

    def __init__(self, path):
        path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)

    def move(self, realtime, boottime=0):
        self._map[:] = struct.pack("=qq", realtime * 10**9, boottime * 10**9)


class MovedClocks(WatchLab):
    def setUp(self):
        super().setUp()
        require(os.access(MOVED_CLOCKS, os.R_OK), f"{MOVED_CLOCKS} is missing: build it first")
        self.clocks = Clocks(self.folder / "clocks")
        seed = random.randrange(1 << 32)
        self.chance = random.Random(seed)
        print(f"seed {seed}", flush=True)
        self.start_watch("env", f"LD_PRELOAD={MOVED_CLOCKS}",
                         f"ROLLCALL_CLOCKS={self.folder / 'clocks'}")
        self.addCleanup(self.lab.script, "heal")
        self.wait_for_a_sweep()
        # Something is amiss already: each sweep has connects under way for most of its time.
        self.lab.script("break", "web02", "--after", "5")
        self.wait_for(lambda: self.told() == [("opened", "web02")], "web02 to be told", 60)
        self.sweeps(2)

    def sweeps(self, count):
        def stored():
            return self.rows("SELECT count(*) FROM sweeps")[0][0]
        before = stored()
        self.wait_for(lambda: stored() >= before + count, f"{count} more sweeps", 60)

    def in_mid_sweep(self):
        self.wait_for(lambda: self.ask("status")["sweeping"], "a sweep under way", 30)
        select.select([], [], [], self.chance.uniform(0, 1))

    def known(self):
        """All that must not change while nothing happens to the fleet."""
        return (self.rows("SELECT count(*) FROM transitions WHERE to_state NOT IN ('suspect')"),
                self.rows("SELECT name, ended_at FROM incidents"),
                self.rows("SELECT address, state FROM target_states ORDER BY address"),
                self.told())

    def assert_it_still_sees(self):
        """What happens now is told, once, and at times that make sense."""
        self.lab.script("break", "web03", "--after", "2")
        self.wait_for(lambda: self.told()[1:] == [("opened", "web03")], "web03 to be told", 60)
        self.lab.script("heal")
        self.wait_for(lambda: sorted(self.told()[2:]) == [("ended", "web02"), ("ended", "web03")],
                      "both to end", 60)
        self.assertEqual(self.end_watch().exit, 0)
        self.assert_history_is_whole()
        self.assertEqual(self.rows("SELECT name FROM incidents WHERE ended_at < started_at"), [])
        self.assertEqual(len(self.stored_incidents()), 2)

    def test_clocks_that_jump_a_lid_that_closes_and_a_long_stop_change_nothing(self):
        before = self.known()
        now = self.ask("status")["now"]
        for seconds in (HOUR, -HOUR):
            self.in_mid_sweep()
            self.clocks.move(realtime=seconds)
            # It is the watch's own clock that moves.
            self.assertNotEqual(self.ask("status")["now"][:13], now[:13])
            self.sweeps(2)
            self.assertEqual(self.known(), before, seconds)
        # A lid that is closed: no time passes for the process, an hour for the wall and since boot.
        for lids in (1, 2):
            self.in_mid_sweep()
            self.send(signal.SIGSTOP)
            self.clocks.move(realtime=lids * HOUR, boottime=lids * HOUR)
            select.select([], [], [], self.chance.uniform(0, 0.2))
            self.send(signal.SIGCONT)
            self.sweeps(1)
            self.assertEqual(self.known(), before, f"closed {lids} times")
        self.in_mid_sweep()
        self.send(signal.SIGSTOP)
        select.select([], [], [], STOPPED)
        self.send(signal.SIGCONT)
        self.sweeps(2)
        self.assertEqual(self.known(), before, "stopped")
        self.clocks.move(realtime=-HOUR, boottime=2 * HOUR)
        self.assert_it_still_sees()


if __name__ == "__main__":
    unittest.main(verbosity=2)
