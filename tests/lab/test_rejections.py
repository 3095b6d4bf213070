"""A server whose firewall rejects by ICMP from its own address is alive; a router's ICMP is not.

The kernel sends few ICMP errors a second to one host, so each case asks few addresses.
"""

import unittest

from harness import BINARY, LabTest

FLEET = """address,ports,group,expect
10.0.0.1-10.0.0.3,80,web4,bound
2001:db8:42::1-2001:db8:42::3,80,web6,bound
"""

# What the firewall answers: over IPv4, over IPv6.
REJECTIONS = (
    ("port-unreachable", "port-unreachable"),
    ("host-prohibited", "admin-prohibited"),
    ("admin-prohibited", "port-unreachable"),
)


class Rejections(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")

    def setUp(self):
        # Only from an address of its own does the kernel send an ICMPv6 error in that address's name.
        for number in (1, 2, 3):
            address = f"2001:db8:42::{number}/128"
            self.lab.run("target", "ip", "address", "add", address, "dev", "lo", "nodad")
            self.addCleanup(self.lab.run, "target", "ip", "address", "del", address, "dev", "lo")
        self.fleet = self.scratch / "fleet.csv"
        self.fleet.write_text(FLEET, encoding="utf-8")

    def reject(self, space, hook, v4, v6):
        self.addCleanup(self.lab.run, space, "nft", "flush", "ruleset")
        self.lab.run(space, "nft", "-f", "-", input=f"""
flush ruleset
table inet rejects {{
  chain only {{
    type filter hook {hook} priority 0;
    tcp dport 80 meta nfproto ipv4 reject with icmp type {v4}
    tcp dport 80 meta nfproto ipv6 reject with icmpv6 type {v6}
  }}
}}""")

    def test_every_rejection_of_the_address_itself_is_a_sign_of_life(self):
        for v4, v6 in REJECTIONS:
            with self.subTest(v4=v4, v6=v6):
                self.reject("target", "input", v4, v6)
                outcome = self.lab.sweep("-i", self.fleet)
                document = self.assert_sweep(outcome, exit=0)
                self.assertEqual(document["counts"]["closed"], 6, str(outcome))

    def test_where_a_listener_is_expected_it_is_closed_and_not_missing(self):
        self.reject("target", "input", "host-prohibited", "port-unreachable")
        outcome = self.lab.sweep("10.0.0.1:80", "[2001:db8:42::1]:80")
        document = self.assert_sweep(outcome, exit=1)
        for target in document["targets_not_open"]:
            self.assertEqual(target["state"], "closed", str(outcome))
            # The kernel's ration may have been empty at first.
            self.assertEqual(target["evidence"][-2:], ["syn:rejected", "connect:rejected"],
                             str(outcome))

    def test_verify_takes_a_rejection_for_life(self):
        self.reject("target", "input", "admin-prohibited", "admin-prohibited")
        outcome = self.lab.start(BINARY, "verify", "web4", "web6", "-i", self.fleet, "--wait",
                                 "20s").finish(60)
        self.assertEqual(outcome.exit, 0, str(outcome))

    def test_host_unreachable_of_the_address_itself_stays_a_hint(self):
        # A NAT router reports a dead inner host so.
        self.reject("target", "input", "host-unreachable", "addr-unreachable")
        outcome = self.lab.sweep("-i", self.fleet)
        self.assertEqual(outcome.document["counts"]["closed"], 0, str(outcome))

    def test_a_rejection_by_this_hosts_own_firewall_is_not_the_targets_word(self):
        self.reject("monitor", "output", "port-unreachable", "port-unreachable")
        # Raw IP passes the firewall; a packet socket would not.
        outcome = self.lab.sweep("-i", self.fleet, "--lane", "ip")
        self.assertEqual(outcome.document["counts"]["closed"], 0, str(outcome))


if __name__ == "__main__":
    unittest.main(verbosity=2)
