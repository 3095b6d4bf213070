"""kill -9 and SIGTERM at random moments, again and again, while servers break and heal.

Each trouble is one incident, told once when it opens and once when it ends; none is lost or doubled.
ROLLCALL_WATCH_KILLS and ROLLCALL_WATCH_TERMS say how many (in CI: 20 and 10), ROLLCALL_WATCH_SEED=n
repeats the moments of a run, as far as a machine repeats itself.
"""

import collections
import os
import random
import select
import time
import unittest

from watching import WatchLab

KILLS = int(os.environ.get("ROLLCALL_WATCH_KILLS", "20"))
TERMS = int(os.environ.get("ROLLCALL_WATCH_TERMS", "10"))
SEED = int(os.environ.get("ROLLCALL_WATCH_SEED", random.randrange(1 << 32)))
TERM_PATIENCE = 10  # seconds
# Seconds of life: many end in the start or the first sweep, some see a trouble through.
SHORT, LONG = (0, 1), (2, 9)
LONG_SHARE = 0.3


class Ends(WatchLab):
    ALIASES = 4

    def setUp(self):
        super().setUp()
        # Servers break one after the other for as long as this takes; that is no flapping.
        text = self.config.read_text()
        self.config.write_text(text.replace("[judgement]", "[judgement]\nflap_changes = 100"))
        self.addCleanup(self.lab.script, "heal")
        self.chance = random.Random(SEED)
        self.troubles = []  # the servers that broke, in order
        self.slowest_end = 0

    def counts(self):
        return collections.Counter(change for change, _ in self.told())

    def break_or_heal(self):
        """The next server breaks when the one before is told to be well, and heals when it is told."""
        told = self.counts()
        if told["opened"] < len(self.troubles):
            return
        if told["ended"] == len(self.troubles):
            server = f"web{self.chance.randrange(self.SERVERS) + 1:02}"
            self.troubles.append(server)
            self.lab.script("break", server, "--after", self.chance.randrange(self.ALIASES))
            self.is_broken = True
        elif self.is_broken:
            self.lab.script("heal", self.troubles[-1])
            self.is_broken = False

    def live(self, is_kill):
        self.launch_watch()
        self.break_or_heal()
        span = LONG if self.chance.random() < LONG_SHARE else SHORT
        select.select([], [], [], self.chance.uniform(*span))  # a random moment, no condition
        self.assertFalse(self.watch.ended(), self.watch.stderr_so_far()[-4000:])
        if is_kill:
            self.kill_watch()
            return
        begun = time.monotonic()
        ended = self.end_watch()
        self.slowest_end = max(self.slowest_end, time.monotonic() - begun)
        # Before it has its handlers the signal ends it as any process.
        self.assertIn(ended.exit, (0, -15), ended)

    def test_every_trouble_is_one_incident_however_often_the_watch_ends(self):
        ends = [True] * KILLS + [False] * TERMS
        self.chance.shuffle(ends)
        self.start_watch()
        self.wait_for_a_sweep()  # from now on every address is known to have answered
        self.kill_watch()
        begun = time.monotonic()
        for number, is_kill in enumerate(ends):
            with self.subTest(seed=SEED, end=number):
                self.live(is_kill)
                self.assert_told_once()
        self.start_watch()
        while self.counts()["ended"] < max(1, len(self.troubles)):
            before = self.counts()
            self.break_or_heal()
            self.wait_for(lambda: self.counts() != before, "the last trouble to be told", 90)
        self.wait_for(lambda: self.groups() == {}, "all groups to be up", 60)
        self.assertEqual(self.end_watch().exit, 0)
        self.assert_told_once()
        self.assert_stored_once()
        self.assertLess(self.slowest_end, TERM_PATIENCE)
        self.assertGreaterEqual(len(self.troubles), len(ends) // 50, "too little happened")
        print(f"seed {SEED}: {KILLS} kills, {TERMS} SIGTERMs, {len(self.troubles)} troubles in "
              f"{time.monotonic() - begun:.0f} s; the slowest SIGTERM took {self.slowest_end:.1f} s", flush=True)

    def assert_told_once(self):
        """Exactly what happened so far, in its order, but for the newest, which may not be told yet."""
        whole = [(change, server) for server in self.troubles for change in ("opened", "ended")]
        told = self.told()
        self.assertEqual(told, whole[:len(told)])
        self.assertGreaterEqual(len(told), len(whole) - 2)

    def assert_stored_once(self):
        self.assert_history_is_whole()
        incidents = self.stored_incidents()
        self.assertEqual([i["subject"] for i in incidents], self.troubles)
        self.assertTrue(all(i["ended_at"] for i in incidents), incidents)
        # Each address is gone and back equally often, and nothing happened to it twice at once.
        for (address, gone, back, times, rows) in self.rows(
                "SELECT address, sum(to_state = 'missing'), sum(from_state = 'missing'), "
                "count(DISTINCT at), count(*) FROM transitions GROUP BY address"):
            with self.subTest(address=address):
                self.assertEqual((gone, times), (back, rows))
        self.assertEqual(self.rows("SELECT count(*) FROM outbox WHERE settled_at IS NULL"), [(0,)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
