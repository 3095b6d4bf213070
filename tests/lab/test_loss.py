"""Packet loss is our path's trouble and never an outage."""

import unittest

from harness import LabTest

SWEEPS = 10


class Loss(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def dropped(self):
        rules = self.lab.run("target", "nft", "list", "table", "inet", "rollcall_loss").split()
        return sum(int(rules[at + 1]) for at, word in enumerate(rules) if word == "packets")

    def test_two_percent_each_way_makes_nothing_missing_in_ten_sweeps(self):
        self.lab.script("loss", 2)
        for number in range(1, SWEEPS + 1):
            with self.subTest(sweep=number):
                before = self.dropped()
                outcome = self.lab.sweep("-i", self.lab.fleet, "--rate", 60000)
                document = self.assert_sweep(outcome, exit=0)
                self.assertEqual(document["counts"]["open"], 65536)
                self.assertGreater(self.dropped() - before, 65536 * 2 // 100, "no loss happened")
                print(f"sweep {number}: {document['duration_s']} s, "
                      f"{document['path']['probes_sent']} probes", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
