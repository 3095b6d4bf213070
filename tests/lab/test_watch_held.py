"""A thread that stands still: the watch is not ready, not fed, and ends, so that it is restarted."""

import os
import select
import signal
import time
import unittest

from stall import held, reap, thread_of
from test_watch_hangs import Hangs

STUCK = 12  # seconds without progress, as watchdog.h has it
ENDED = 16
EXIT_STUCK = 70


class HeldThreads(Hangs):
    SERVICE = "the first thread"
    THREADS = (SERVICE, "rc-sweep", "rc-send", "rc-capture", "rollcall-web", "rc-to-file",
               "rc-store", "rc-web-changes", "rc-loader")

    def test_a_watch_with_a_held_thread_is_not_ready_not_fed_and_ends(self):
        # Something is amiss: each sweep then takes seconds.
        self.start_watch()
        self.break_and_tell()
        self.assert_it_ends_in_time()
        for name in self.THREADS:
            with self.subTest(name):
                self.end_watch()
                self.start_watch()
                self.wait_for(lambda: self.ready() == "200", "the watch to be ready", 60)
                if name == "rc-loader":
                    self.keep_the_loader_waiting()
                self.hold_until_it_ends(name)
        self.assertEqual(self.told(), [("opened", "web02")])

    def keep_the_loader_waiting(self):
        text = self.fleet.read_text()
        self.fleet.unlink()
        os.mkfifo(self.fleet)
        self.addCleanup(lambda: (self.fleet.unlink(), self.fleet.write_text(text)))
        self.send(signal.SIGHUP)

    def hold_until_it_ends(self, name):
        found = []

        def has_thread():
            found[:] = [self.pid if name == self.SERVICE else thread_of(self.pid, name)]
            return found[0] is not None

        self.wait_for(has_thread, f"the thread {name}", 30)
        thread = found[0]
        with held(thread):
            begun = time.monotonic()
            answers = {}
            while not self.watch.ended() and time.monotonic() < begun + ENDED + 4:
                answers.setdefault(self.ready(), time.monotonic() - begun)
                if thread != self.pid:
                    reap(thread)
                select.select([], [], [], 0.1)
            self.assertTrue(self.watch.ended(), f"{name}: it goes on")
            seconds = time.monotonic() - begun
        ended, self.watch = self.watch.finish(5), None
        starved = time.monotonic() - self.notify.fed_at
        print(f"{name}: /-/ready {answers}, ended after {seconds:.1f} s, the watchdog was not fed "
              f"for {starved:.1f} s", flush=True)
        self.assertEqual(ended.exit, EXIT_STUCK, ended)
        self.assertIn("a thread makes no progress", ended.stderr)
        # The web thread answers nothing at all; every other watch says that it is not ready.
        self.assertIn("000" if name == "rollcall-web" else "503", answers)
        self.assertLess(self.notify.fed_at - begun, STUCK + 2, "the watchdog was fed all the same")
        self.assertGreater(starved, 2)

    def test_nobody_feeds_the_watchdog_when_its_own_thread_is_held(self):
        self.start_watch()
        self.wait_for(lambda: self.notify.count("WATCHDOG=1") >= 2, "the watchdog to be fed", 30)
        with held(thread_of(self.pid, "rc-watchdog")):
            fed = self.notify.count("WATCHDOG=1")
            time.sleep(5)  # systemd would end it by now: WATCHDOG_USEC is three
            self.assertLessEqual(self.notify.count("WATCHDOG=1") - fed, 1)

    def test_a_process_that_stood_still_as_a_whole_is_not_stuck(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.send(signal.SIGSTOP)
        time.sleep(ENDED + 4)
        self.send(signal.SIGCONT)
        fed = self.notify.count("WATCHDOG=1")
        self.wait_for(lambda: self.notify.count("WATCHDOG=1") >= fed + 3, "the watchdog to be fed", 10)
        self.assertNotIn("makes no progress", self.watch.stderr_so_far())
        self.assert_it_ends_in_time()


if __name__ == "__main__":
    unittest.main(verbosity=2)
