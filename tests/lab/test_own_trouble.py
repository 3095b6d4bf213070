"""Trouble of the scanning host itself: nobody is called missing, and the output says what happened."""

import re
import unittest

from harness import LabTest, SynCounter, wait_until


class OwnTrouble(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def assert_nobody_missing(self, outcome, reason):
        self.assert_unsound(outcome)
        self.assertRegex(" ".join(outcome.document["inconclusive_reasons"]), reason)

    def assert_unsound(self, outcome):
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertFalse(outcome.document["conclusive"], str(outcome))
        counts = outcome.document["counts"]
        self.assertEqual((counts["silent"], counts["unreachable"]), (0, 0), str(outcome))

    def test_a_full_neighbour_table(self):
        tables = self.lab.run("monitor", "ip", "ntable", "show", "name", "arp_cache")
        entries_max = int(re.search(r"thresh3 (\d+)", tables)[1])
        self.lab.run("monitor", "ip", "route", "add", "10.0.16.0/20", "dev", "eth0")
        self.addCleanup(self.lab.run, "monitor", "ip", "route", "del", "10.0.16.0/20", "dev", "eth0")
        outcome = self.lab.sweep("10.0.16.0/20:80", "--group-rate", 5000, timeout=90)
        print(f"thresh3 {entries_max}: {outcome.document['counts']}", flush=True)
        if entries_max >= 4096:  # this host has room for all of them: then all must be found
            self.assertEqual(outcome.exit, 0, str(outcome))
        else:
            self.assert_nobody_missing(outcome, "gc_thresh3")
            refused = self.lab.sweep("10.0.0.0/20:80")
            if refused.exit != 0:  # the kernel may have made room by now
                self.assertIn("neighbour table is full", refused.stderr)
                self.assertNotIn("firewall", refused.stderr)
        # One table for the whole host: the next test finds it empty.
        self.lab.run("monitor", "ip", "neigh", "flush", "dev", "eth0")

    def test_a_link_that_is_lost_in_mid_sweep_ends_the_sweep_soon(self):
        self.addCleanup(self.lab.run, "target", "ip", "link", "set", "eth0", "up")
        with SynCounter(self.lab, "target") as wire:
            running = self.lab.start_sweep("10.0.0.0/20:80", "--rate", 2000)
            wait_until(lambda: wire.syns() >= 500, "the sweep to be under way")
            self.lab.run("target", "ip", "link", "set", "eth0", "down")
            outcome = running.finish(90)
        print(f"ended after {outcome.seconds:.1f} s: {outcome.document['counts']}", flush=True)
        self.assert_nobody_missing(outcome, "eth0")

    def test_a_firewall_that_eats_our_rsts_is_refused_before_anything_is_swept(self):
        self.lab.run("monitor", "nft", "add table inet trap; add chain inet trap out "
                     "{ type filter hook output priority 0; }; "
                     "add rule inet trap out ct state invalid drop")
        self.addCleanup(self.lab.run, "monitor", "nft", "delete", "table", "inet", "trap")
        with SynCounter(self.lab, "target") as wire:
            refused = self.lab.sweep("10.0.0.0/20:80")
            self.assertLess(wire.syns(), 100, str(refused))
        self.assertEqual(refused.exit, 3, str(refused))
        self.assertRegex(refused.stderr, "RST")
        self.assertRegex(refused.stderr, "nft")


if __name__ == "__main__":
    unittest.main(verbosity=2)
