"""How soon a watch tells of one dead address, of a rack and of the whole fleet.

ROLLCALL_DEATHS=1000 for the number that counts; each dies at a random moment, in a group of its own.
"""

import json
import os
import random
import statistics
import time
import unittest

from harness import require
from watching import WatchLab, whole_lines

GROUPS, OF_GROUP, OF_RACK = 1024, 16, 32
RACKS_DYING = 3
DEATHS_A_SECOND = 5
# What may pass from a death to the word of it: an interval, and what a verdict takes.
PATIENCE_S = 25


def deaths():
    text = os.environ.get("ROLLCALL_DEATHS", "100")
    require(text.isdecimal() and 1 <= int(text) <= GROUPS - RACKS_DYING * OF_RACK,
            f"ROLLCALL_DEATHS '{text}': a number from 1 to {GROUPS - RACKS_DYING * OF_RACK}")
    return int(text)


class Detection(WatchLab):
    KIND = "scale"
    INTERVAL = 10

    @classmethod
    def setUpClass(cls):
        cls.OPTIONS = ("--prefix", "10.0.0.0/18")
        super(WatchLab, cls).setUpClass()

    def setUp(self):
        super().setUp()
        rows = (f"10.0.{n >> 4}.{(n & 15) * OF_GROUP}/28,80,g{n},rack{n // OF_RACK}\n"
                for n in range(GROUPS))
        self.fleet.write_text("address,ports,group,parent\n" + "".join(rows))
        self.told_at = {}  # subject -> when it was first told
        self.sentences = []
        self.read = 0

    def kill(self, *prefixes):
        self.lab.run("target", "ip", "-batch", "-", input="".join(
            f"route add blackhole {prefix} table local\n" for prefix in prefixes))

    def hear(self):
        """Takes what was told since: the time of it is when this test reads it."""
        lines = whole_lines(self.told_file)
        for line in lines[self.read:]:
            alert = json.loads(line)
            if alert["kind"] == "incident" and alert["change"] == "opened":
                self.told_at.setdefault(alert["incident"]["subject"], time.monotonic())
                self.sentences.append(alert["incident"]["sentence"])
        self.read = len(lines)

    def hear_until(self, condition, what, seconds):
        def heard():
            self.hear()
            return condition()
        self.wait_for(heard, what, seconds)

    def test_each_single_death_is_told_in_time_then_a_rack_then_the_fleet(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        self.start_watch()
        self.wait_for_a_sweep()
        died_at = {}
        for number in chance.sample(range(GROUPS - RACKS_DYING * OF_RACK), deaths()):
            self.hear()
            time.sleep(chance.uniform(0, 2 / DEATHS_A_SECOND))
            host = (number & 15) * OF_GROUP + chance.randrange(OF_GROUP)
            died_at[f"g{number}"] = time.monotonic()
            self.kill(f"10.0.{number >> 4}.{host}/32")
        self.hear_until(lambda: died_at.keys() <= self.told_at.keys(), "each death to be told",
                        self.INTERVAL + PATIENCE_S + 10)
        self.assertEqual(self.told_at.keys(), died_at.keys(), "something else was told")
        took = [self.told_at[group] - died_at[group] for group in died_at]
        print(f"{len(took)} deaths: told after {statistics.median(took):.1f} s (median), "
              f"{max(took):.1f} s at most", flush=True)
        self.assertLessEqual(max(took), self.INTERVAL + PATIENCE_S)

        # Each in another part of a sweep: what it has answered by then differs.
        for number in range(RACKS_DYING):
            first = GROUPS - (RACKS_DYING - number) * OF_RACK
            time.sleep(chance.uniform(0, self.INTERVAL))
            self.assertEqual(self.time_of_all("a rack", [f"10.0.{first >> 4}.0/23"]),
                             [f"rack{first // OF_RACK}"])
        # Whether it is the fleet or this host is not known, but it is told at once, and as one.
        self.assertEqual(len(self.time_of_all(
            "the fleet", [f"10.0.{part << 2}.0/22" for part in range(16)])), 1)

    def time_of_all(self, what, prefixes):
        """Kills all of it, asserts that it is told of in time, and returns as what."""
        self.told_at.clear()
        self.sentences.clear()
        began = time.monotonic()
        self.kill(*prefixes)
        self.hear_until(lambda: self.told_at, f"{what} to be told", 120)
        took = time.monotonic() - began
        time.sleep(6)
        self.hear()
        print(f"{what}: told after {took:.1f} s as {self.sentences[:3]}", flush=True)
        self.assertLessEqual(took, self.INTERVAL + PATIENCE_S)
        return sorted(self.told_at)


if __name__ == "__main__":
    unittest.main(verbosity=2)
