"""Several gateways and on-link neighbours in one sweep, each asked over its own way."""

import unittest

from harness import PREFLIGHT_SYNS_MAX, LabTest, SynCounter, wait_until


class NextHops(LabTest):
    KIND = "mixed"
    TARGETS = {"gw1": 256, "gw2": 256, "near": 126}

    def test_every_way_is_taken_and_no_other(self):
        counters = {space: self.enterContext(SynCounter(self.lab, space)) for space in self.TARGETS}
        outcome = self.lab.sweep("-i", self.lab.fleet)
        document = self.assert_sweep(outcome, exit=0)
        self.assertEqual(document["counts"]["open"], sum(self.TARGETS.values()))
        self.assertEqual(document["path"]["replies"], sum(self.TARGETS.values()), str(outcome))
        for space, targets in self.TARGETS.items():
            with self.subTest(space):
                self.assertIn(counters[space].syns() - targets, range(PREFLIGHT_SYNS_MAX + 1))

    def test_missing_ones_are_found_behind_each_way(self):
        missing = {"gw1": "10.1.0.77", "gw2": "10.2.0.8", "near": "198.19.2.200"}
        for space, address in missing.items():
            route = ("blackhole", address, "table", "local")
            self.lab.run(space, "ip", "route", "add", *route)
            self.addCleanup(self.lab.run, space, "ip", "route", "del", *route)
        outcome = self.lab.sweep("-i", self.lab.fleet)
        self.assert_sweep(outcome, exit=2)
        self.assertEqual({name: group["missing"] for name, group in outcome.groups.items()},
                         {space: [address] for space, address in missing.items()})

    def test_a_gateway_that_dies_in_mid_sweep_is_our_trouble_and_nobody_behind_it_is_missing(self):
        self.addCleanup(self.lab.run, "gw2", "ip", "route", "replace", "local", "10.2.0.0/24", "dev", "lo")
        self.addCleanup(self.lab.run, "gw2", "ip", "link", "set", "eth0", "up")
        with SynCounter(self.lab, "gw2") as counter:
            running = self.lab.start_sweep("-i", self.lab.fleet, "--rate", "300")
            wait_until(lambda: counter.syns() >= 20, "some of gw2's targets to be asked")
            self.lab.run("gw2", "ip", "link", "set", "eth0", "down")
            outcome = running.finish(60)
        self.assert_sweep(outcome, exit=3, conclusive=False)
        document = outcome.document
        self.assertEqual(document["counts"]["silent"], 0, str(outcome))
        self.assertEqual(document["counts"]["unreachable"], 0, str(outcome))
        self.assertEqual(set(outcome.groups), {"gw2"}, str(outcome))
        self.assertEqual(outcome.groups["gw2"]["verdict"], "unknown")
        self.assertRegex(" ".join(document["inconclusive_reasons"]), "198.19.2.2 on eth1 was lost")


if __name__ == "__main__":
    unittest.main(verbosity=2)
