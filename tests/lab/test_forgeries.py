"""Whoever forges answers from beside the path changes no verdict, even with the right ports.

The forger is web03, a server beside those that are swept. It gets for nothing what a real one would
have to guess: the source port of every probe. Only the cookie it does not know.
"""

import itertools
import random
import unittest

from harness import KnownSweep, LabTest
from wire import ACK, RST_ACK, SYN, SYN_ACK, Forger, Segment, host_unreachable

MONITOR = "198.19.255.1"
ROUTER = "198.19.255.2"
BOUND = 200  # aliases of web02 that are left
ATTEMPTS = 3
PORTS = range(61000, 61000 + 4096)
FORGERIES_MAX = 10_000_000


def forgeries(known, seed):
    """A forgery of each kind for every probe of the sweep, and as many at guessed ports."""
    rng = random.Random(seed)
    packets = []
    for (address, port), tuples in known.tuples.items():
        for own_port, _ in tuples[:ATTEMPTS]:
            for to in (own_port, rng.choice(PORTS)):
                asked = Segment(MONITOR, to, address, port, SYN, seq=rng.randrange(2**32))
                packets += [asked.reply(flags, seq=rng.randrange(2**32)).packet()
                            for flags in (SYN_ACK, RST_ACK, ACK)]
                packets += [host_unreachable(reporter, asked) for reporter in (ROUTER, address)]
    rng.shuffle(packets)
    return itertools.islice(itertools.cycle(packets), FORGERIES_MAX)


class Forgeries(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", 3)

    def test_answers_forged_by_a_neighbour_change_no_verdict_and_are_counted(self):
        self.lab.script("break", "web02", "--after", BOUND)
        known = KnownSweep(self.lab, MONITOR, self.lab.fleet)
        seed = random.SystemRandom().randrange(10**6)
        with Forger(self.lab, "web03", forgeries(known, seed)) as forger:
            outcome = known.start(1000).finish(60)
        print(f"seed {seed}, {forger.sent} forgeries, "
              f"{outcome.document['path']}", flush=True)
        document = self.assert_sweep(outcome, exit=2)
        self.assertLess(forger.sent, FORGERIES_MAX, "the forger ended before the sweep")
        self.assertEqual(document["counts"]["open"], 2 * 254 + BOUND)
        self.assertEqual(document["counts"]["closed"], 0, "a forged RST was believed")
        self.assertEqual([(group["group"], group["verdict"], group["missing"])
                          for group in document["groups_not_up"]],
                         [("web02", "partial", [f"198.18.2.{BOUND + 1}-198.18.2.254"])])
        rejected = document["path"]["rejected_by"]
        self.assertGreater(rejected["wrong_cookie"], 10_000, "hardly a forgery arrived")
        self.assertGreater(rejected["wrong_epoch"], 10_000, "hardly a guessed port arrived")


if __name__ == "__main__":
    unittest.main(verbosity=2)
