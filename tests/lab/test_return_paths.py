"""Answers that return by another interface, and connects that leave by the chosen one."""

import unittest

from harness import LabTest


class ReturnPaths(LabTest):
    KIND = "mixed"

    def ip(self, space, *words):
        self.lab.run(space, "ip", *words)

    def test_answers_by_another_interface_are_heard(self):
        # gw1's answers to eth0's address leave gw1 by a second cable and reach the monitor on eth9.
        self.ip("monitor", "link", "add", "eth9", "type", "veth", "peer", "name", "back")
        self.addCleanup(self.ip, "monitor", "link", "del", "eth9")
        self.ip("monitor", "link", "set", "back", "netns", f"{self.lab.name}.gw1")
        self.ip("monitor", "link", "set", "eth9", "up")
        self.ip("monitor", "addr", "add", "198.19.9.1/30", "dev", "eth9")
        self.ip("gw1", "addr", "add", "198.19.9.2/30", "dev", "back")
        self.ip("gw1", "link", "set", "back", "up")
        self.ip("gw1", "route", "add", "198.19.1.1/32", "via", "198.19.9.1")
        self.ip("gw1", "route", "add", "blackhole", "10.1.0.77", "table", "local")
        self.addCleanup(self.ip, "gw1", "route", "del", "blackhole", "10.1.0.77", "table", "local")
        outcome = self.lab.sweep("-i", self.lab.fleet, "--group", "gw1")
        document = self.assert_sweep(outcome, exit=2)
        self.assertEqual(outcome.groups["gw1"]["missing"], ["10.1.0.77"], str(outcome))
        self.assertEqual(document["path"]["replies"], 255, str(outcome))
        self.assertEqual(document["path"]["duplicate"], 0, str(outcome))

    def test_connects_leave_by_the_chosen_interface(self):
        # 10.1.0.0/24 is also reachable by eth1 in the plan, but nothing answers there.
        self.ip("monitor", "route", "add", "10.1.0.0/24", "via", "198.19.2.2", "dev", "eth1",
                "metric", "500")
        self.addCleanup(self.ip, "monitor", "route", "del", "10.1.0.0/24", "via", "198.19.2.2",
                        "dev", "eth1", "metric", "500")
        outcome = self.lab.sweep("10.1.0.1-10.1.0.5", "-p", "80", "--interface", "eth1")
        self.assertEqual(outcome.document["counts"]["open"], 0, str(outcome))
        self.assertNotEqual(outcome.exit, 0, str(outcome))


if __name__ == "__main__":
    unittest.main(verbosity=2)
