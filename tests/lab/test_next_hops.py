"""Several gateways and on-link neighbours in one sweep, each asked over its own way."""

import unittest

from harness import LabTest, SynCounter


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
                self.assertEqual(counters[space].syns(), targets)

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
