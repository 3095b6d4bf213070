"""Packet loss is our path's trouble and never an outage.

Two sweeps for each rate of loss; for more:

    sudo ROLLCALL_LOSS_SWEEPS=20 python3 -B -m unittest -v test_loss      (in tests/lab)
"""

import os
import unittest

from harness import LabTest, require

ADDRESSES = 65536


def sweeps():
    text = os.environ.get("ROLLCALL_LOSS_SWEEPS", "2")
    require(text.isdecimal() and 1 <= int(text) <= 1000,
            f"ROLLCALL_LOSS_SWEEPS '{text}': a number from 1 to 1000")
    return int(text)


class Loss(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def dropped(self):
        rules = self.lab.run("target", "nft", "list", "table", "inet", "rollcall_loss").split()
        return sum(int(rules[at + 1]) for at, word in enumerate(rules) if word == "packets")

    def sweep_with_loss(self, percent, judge):
        """Sweeps with that share of the packets lost each way; `judge` says what must hold."""
        self.lab.script("loss", percent)
        for number in range(1, sweeps() + 1):
            with self.subTest(sweep=number):
                before = self.dropped()
                outcome = self.lab.sweep("-i", self.lab.fleet, "--rate", 60000)
                lost = self.dropped() - before
                document = outcome.document
                print(f"{percent} % each way, sweep {number}: {document['duration_s']} s, "
                      f"{document['path']['probes_sent']} probes, {lost} packets lost, "
                      f"conclusive {document['conclusive']}, {document['counts']}", flush=True)
                self.assertGreater(lost, ADDRESSES * percent // 100, "too little loss happened")
                judge(outcome)

    def all_open(self, outcome):
        document = self.assert_sweep(outcome, exit=0)
        self.assertEqual(document["counts"]["open"], ADDRESSES)

    def all_open_or_inconclusive(self, outcome):
        if outcome.document["conclusive"]:
            self.all_open(outcome)
        else:
            self.assert_sweep(outcome, exit=3, conclusive=False)

    def test_one_percent_each_way_makes_nothing_missing(self):
        self.sweep_with_loss(1, self.all_open)

    def test_five_percent_each_way_makes_nothing_missing(self):
        self.sweep_with_loss(5, self.all_open)

    def test_ten_percent_each_way_makes_nothing_missing_or_the_sweep_inconclusive(self):
        self.sweep_with_loss(10, self.all_open_or_inconclusive)


if __name__ == "__main__":
    unittest.main(verbosity=2)
