"""Ctrl-C in the middle: an inconclusive result at once, and silence on the wire."""

import unittest

from harness import LabTest, SynCounter, wait_until

RATE = 20000


class Interrupt(LabTest):
    KIND = "scale"

    def test_ctrl_c_ends_a_sweep_soon_and_calls_it_inconclusive(self):
        with SynCounter(self.lab, "target") as wire:
            running = self.lab.start_sweep("-i", self.lab.fleet, "--rate", RATE)
            wait_until(lambda: wire.syns() > 5000 or running.ended(), "the sweep to be under way")
            at_signal = wire.syns()
            running.interrupt()
            outcome = running.finish(timeout=5)
            at_end = wire.syns()
        document = self.assert_sweep(outcome, exit=3, conclusive=False)
        self.assertNotEqual(document["inconclusive_reasons"], [])
        self.assertGreater(document["counts"]["unknown"], 0)
        self.assertEqual(document["groups_not_up"][0]["verdict"], "unknown")
        self.assertEqual(document["counts"]["silent"] + document["counts"]["unreachable"], 0,
                         "what was never asked is not missing")
        self.assertLess(at_end - at_signal, RATE, "it went on sending")


if __name__ == "__main__":
    unittest.main(verbosity=2)
