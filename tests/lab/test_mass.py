"""A whole fleet that is gone at once: within its limits, in one line, and it is said whose fault it was."""

import os
import pathlib
import unittest

from harness import LabTest, wait_until

FLEET = "10.0.0.0/15:80"  # 131,072 addresses
CANARY = "10.2.0.1:80"


class Mass(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/14")

    def setUp(self):
        self.lab.run("target", "nft", "add table inet trap; add chain inet trap in "
                     "{ type filter hook prerouting priority -300; }; add rule inet trap in "
                     "ip daddr 10.0.0.0/15 tcp dport 80 drop")
        self.addCleanup(self.lab.run, "target", "nft", "delete", "table", "inet", "trap")

    def scanner(self):
        """The scanner's /proc entry: the process of that name in the monitor's namespace."""
        inode = os.stat(f"/run/netns/{self.lab.name}.monitor").st_ino
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (process / "comm").read_text() == "rollcall\n" and \
                        os.stat(process / "ns" / "net").st_ino == inode:
                    return process
            except OSError:
                continue
        return None

    def sweep_and_count_descriptors(self, *options):
        running = self.lab.start_sweep(FLEET, *options)
        wait_until(lambda: self.scanner() is not None, "the scanner to run")
        descriptors = self.scanner() / "fd"
        most = 0

        def ended():
            nonlocal most
            try:
                most = max(most, len(os.listdir(descriptors)))
            except OSError:
                pass
            return running.ended()
        wait_until(ended, "the sweep to end", 150)
        outcome = running.finish(10)
        print(f"{outcome.seconds:.1f} s, {most} descriptors, {outcome.rss_mb:.0f} MB, "
              f"{outcome.document['counts']}, {outcome.document['path']['findings']}", flush=True)
        self.assertLessEqual(most, 4400)
        self.assertGreater(most, 1000, "the connects were not seen")
        self.assertLessEqual(outcome.rss_mb, 256)
        self.assertLessEqual(outcome.seconds, 120)
        return outcome

    def test_131072_addresses_are_gone_and_a_canary_answers_so_it_is_the_fleet(self):
        outcome = self.sweep_and_count_descriptors("--canary", CANARY)
        self.assertEqual(outcome.exit, 2, str(outcome))
        self.assertEqual(outcome.document["counts"]["silent"], 131072)
        self.assertEqual(len(outcome.document["groups_not_up"]), 512, "one finding a group")
        self.assertIn("it is the fleet and not ourselves",
                      " ".join(outcome.document["path"]["findings"]))

    def test_and_with_a_canary_that_is_gone_too_it_is_ourselves(self):
        self.lab.run("target", "nft", "add rule inet trap in ip daddr 10.2.0.1 tcp dport 80 drop")
        outcome = self.lab.sweep(FLEET, "--canary", CANARY, timeout=120)
        print(f"{outcome.seconds:.1f} s, {outcome.document['inconclusive_reasons']}", flush=True)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertEqual(outcome.document["counts"]["unknown"], 131072)
        self.assertRegex(" ".join(outcome.document["inconclusive_reasons"]),
                         "this vantage is blind")


if __name__ == "__main__":
    unittest.main(verbosity=2)
