"""What verify says within its time where the fleet is small, of two families, or behind two gateways."""

import pathlib
import tempfile
import unittest

from harness import BINARY, LabTest

WAIT_S = 10
GRACE_S = 5


class VerifyWays(LabTest):
    KIND = "mixed"

    def setUp(self):
        self.fleet = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "fleet.csv"

    def list_fleet(self, *rows):
        self.fleet.write_text("address,ports,group\n" + "".join(f"{row}\n" for row in rows))

    def ip(self, space, *words, undo=None):
        self.lab.run(space, "ip", *words)
        if undo:
            self.addCleanup(self.lab.run, space, "ip", *undo)

    def kill(self, space, prefix):
        route = ("blackhole", prefix, "table", "local")
        self.ip(space, "route", "replace", *route, undo=("route", "del", *route))

    def assert_told(self, group, missing):
        outcome = self.lab.start(BINARY, "verify", "-i", self.fleet, group, "--wait", f"{WAIT_S}s",
                                 "--format", "json").finish(60)
        print(f"exit {outcome.exit} after {outcome.seconds:.1f} s", flush=True)
        self.assertEqual(outcome.exit, 2, str(outcome))
        self.assertLessEqual(outcome.seconds, WAIT_S + GRACE_S, str(outcome))
        self.assertEqual(outcome.groups[group]["missing"], missing, str(outcome))

    def test_one_dead_address_of_a_server_behind_two_gateways(self):
        self.list_fleet("10.1.0.1-10.1.0.40,80,web", "10.2.0.1-10.2.0.40,80,web",
                        "10.1.0.101-10.1.0.140,80,other")
        self.kill("gw2", "10.2.0.7/32")
        self.assert_told("web", ["10.2.0.7"])

    def test_all_that_a_server_has_behind_the_second_gateway(self):
        self.list_fleet("10.1.0.1-10.1.0.40,80,web", "10.2.0.1-10.2.0.40,80,web")
        self.kill("gw2", "10.2.0.0/26")
        self.assert_told("web", ["10.2.0.1-10.2.0.40"])

    def test_one_dead_address_of_one_server_alone(self):
        self.list_fleet("10.1.0.1-10.1.0.254,80,web")
        self.kill("gw1", "10.1.0.77/32")
        self.assert_told("web", ["10.1.0.77"])

    def test_one_server_alone_of_which_nothing_answers(self):
        self.list_fleet("10.1.0.1-10.1.0.254,80,web")
        for half in ("10.1.0.0/25", "10.1.0.128/25"):
            self.kill("gw1", half)
        self.assert_told("web", ["10.1.0.1-10.1.0.254"])

    def test_one_dead_address_alone(self):
        self.list_fleet("10.1.0.77,80,web")
        self.kill("gw1", "10.1.0.77/32")
        self.assert_told("web", ["10.1.0.77"])

    def test_one_dead_address_alone_on_the_link(self):
        self.list_fleet("198.19.2.140,80,web")
        self.kill("near", "198.19.2.140/32")
        self.assert_told("web", ["198.19.2.140"])

    def test_all_ipv6_addresses_of_a_dual_stack_server(self):
        for space, address in (("monitor", "2001:db8:1::1/64"), ("gw1", "2001:db8:1::2/64")):
            self.ip(space, "addr", "add", address, "dev", "eth0", "nodad",
                    undo=("addr", "del", address, "dev", "eth0"))
        prefix = "2001:db8:77::/120"
        self.ip("gw1", "route", "add", "local", prefix, "dev", "lo",
                undo=("route", "del", "local", prefix, "dev", "lo"))
        self.ip("monitor", "route", "add", prefix, "via", "2001:db8:1::2",
                undo=("route", "del", prefix))
        self.list_fleet("10.1.0.1-10.1.0.40,80,web", "2001:db8:77::1-2001:db8:77::28,80,web")
        self.kill("gw1", "2001:db8:77::/121")
        self.assert_told("web", ["2001:db8:77::1-2001:db8:77::28"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
