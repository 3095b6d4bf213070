"""The story that must never happen again: a reboot after which only some of the aliases came up."""

import unittest

from harness import LabTest


class Story(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", 3, "--aliases", 254)

    def sweep(self):
        return self.lab.sweep("-i", self.lab.fleet)

    def breaks(self, server, *how):
        self.addCleanup(self.lab.script, "heal", server)
        self.lab.script("break", server, *how)

    def assert_healed(self, server):
        self.lab.script("heal", server)
        document = self.assert_sweep(self.sweep(), exit=0)
        self.assertEqual(document["groups_not_up"], [])
        self.assertEqual(document["counts"]["open"], 3 * 254)

    def test_a_healthy_fleet_is_all_open(self):
        document = self.assert_sweep(self.sweep(), exit=0)
        self.assertEqual((document["targets"], document["addresses"], document["groups"]),
                         (762, 762, 3))
        self.assertEqual(document["counts"]["open"], 762)
        self.assertEqual(document["targets_not_open"], [])

    def test_every_lane_asks_and_hears_each_address(self):
        for lane in ("io_uring", "sendmmsg", "ip"):
            with self.subTest(lane):
                outcome = self.lab.sweep("-i", self.lab.fleet, "--lane", lane)
                path = self.assert_sweep(outcome, exit=0)["path"]
                self.assertEqual((path["lane"], path["probes_sent"], path["replies"]),
                                 (lane, 762, 762))

    def test_aliases_that_silently_stopped_after_200_are_partial_and_named_exactly(self):
        self.breaks("web02", "--after", 200)
        outcome = self.sweep()
        document = self.assert_sweep(outcome, exit=2)
        self.assertEqual(list(outcome.groups), ["web02"], str(outcome))
        group = outcome.groups["web02"]
        self.assertEqual(group["verdict"], "partial")
        self.assertEqual(group["missing"], ["198.18.2.201-198.18.2.254"])
        self.assertEqual((group["expected"], group["answering"]), (254, 200))
        self.assertEqual([target["address"] for target in document["targets_not_open"]],
                         [f"198.18.2.{host}" for host in range(201, 255)])
        for target in document["targets_not_open"]:
            self.assertIn(target["state"], ("silent", "unreachable"))
            connects = [entry for entry in target["evidence"] if entry.startswith("connect:")]
            self.assertGreaterEqual(len(connects), 2, f"missing without two connects: {target}")
        self.assert_healed("web02")

    def test_a_stopped_listener_is_service_down_and_only_a_warning(self):
        self.breaks("web01", "--service")
        outcome = self.sweep()
        document = self.assert_sweep(outcome, exit=1)
        group = outcome.groups["web01"]
        self.assertEqual(list(outcome.groups), ["web01"], str(outcome))
        self.assertEqual((group["verdict"], group["missing"]), ("service_down", []))
        self.assertEqual(group["closed"], ["198.18.1.1-198.18.1.254:80"])
        self.assertEqual(document["counts"]["closed"], 254)
        self.assert_healed("web01")

    def test_a_server_that_is_gone_is_down(self):
        self.breaks("web03", "--off")
        outcome = self.sweep()
        self.assert_sweep(outcome, exit=2)
        self.assertEqual(list(outcome.groups), ["web03"], str(outcome))
        group = outcome.groups["web03"]
        self.assertEqual((group["verdict"], group["answering"]), ("down", 0))
        self.assertEqual(group["missing"], ["198.18.3.1-198.18.3.254"])
        self.assert_healed("web03")

    def test_the_text_form_has_one_line_to_act_on(self):
        self.breaks("web02", "--after", 200)
        outcome = self.lab.sweep("-i", self.lab.fleet, "--format", "text")
        self.assertEqual(outcome.exit, 2, str(outcome))
        named = [line for line in outcome.stdout.splitlines() if "web" in line]
        self.assertEqual(len(named), 1, outcome.stdout)
        for expected in ("web02", "PARTIAL", "200 of 254", "198.18.2.201-198.18.2.254",
                         "the last 54"):
            self.assertIn(expected, named[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
