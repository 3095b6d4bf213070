"""Next hops beyond one gateway a prefix: multipath routes, rules by port, static neighbour entries."""

import unittest

from harness import LabTest, SynCounter, wait_until

GW1, GW2 = "198.19.1.2", "198.19.2.2"
SOURCE = "203.0.113.9"


class Topology(LabTest):
    KIND = "mixed"

    def ip(self, space, *words, undo=None):
        self.lab.run(space, "ip", *words)
        if undo:
            self.addCleanup(self.lab.run, space, "ip", *undo)

    def route(self, space, *words):
        self.ip(space, "route", "add", *words, undo=("route", "del", *words))

    def own(self, prefix, *spaces, dead=None):
        for space in spaces:
            self.route(space, "local", prefix, "dev", "lo")
            if dead:
                self.route(space, "blackhole", dead, "table", "local")

    def mac_of(self, space, device="eth0"):
        return self.lab.run(space, "cat", f"/sys/class/net/{device}/address").strip()

    def stop_arp(self, space):
        self.ip(space, "link", "set", "eth0", "arp", "off", undo=("link", "set", "eth0", "arp", "on"))

    def source_on_lo(self):
        """An own address that neither uplink carries; the kernel prefers a member with the source."""
        self.ip("monitor", "addr", "add", f"{SOURCE}/32", "dev", "lo",
                undo=("addr", "del", f"{SOURCE}/32", "dev", "lo"))
        for space, monitor in (("gw1", "198.19.1.1"), ("gw2", "198.19.2.1")):
            self.route(space, f"{SOURCE}/32", "via", monitor)

    def two_uplinks(self):
        self.source_on_lo()
        self.ip("monitor", "route", "add", "10.3.0.0/24", "src", SOURCE, "nexthop", "via", GW1,
                "nexthop", "via", GW2, undo=("route", "del", "10.3.0.0/24"))

    def behind_both_gateways(self, prefix, dead):
        """One server that both gateways lead to: each of its ends knows all connections."""
        self.ip("gw1", "link", "add", "back", "type", "veth", "peer", "name", "back",
                "netns", f"{self.lab.name}.near", undo=("link", "del", "back"))
        for space, address in (("gw1", "198.19.3.1/24"), ("near", "198.19.3.2/24")):
            self.ip(space, "addr", "add", address, "dev", "back")
            self.ip(space, "link", "set", "back", "up")
        for space, server in (("gw1", "198.19.3.2"), ("gw2", "198.19.2.3")):
            self.lab.run(space, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            self.route(space, prefix, "via", server)
        self.own(prefix, "near", dead=dead)
        self.route("near", f"{SOURCE}/32", "via", "198.19.2.2")

    def assert_missing(self, outcome, address):
        self.assert_sweep(outcome, exit=2)
        self.assertEqual([group["missing"] for group in outcome.groups.values()], [[address]])

    def test_both_members_of_a_multipath_route_are_used_and_a_dead_address_is_named(self):
        self.behind_both_gateways("10.3.0.0/24", dead="10.3.0.77")
        self.two_uplinks()
        with SynCounter(self.lab, "gw1") as first, SynCounter(self.lab, "gw2") as second:
            outcome = self.lab.sweep("-p", "80", "10.3.0.1-10.3.0.254")
            self.assertGreater(first.syns(), 50)
            self.assertGreater(second.syns(), 50)
        self.assert_missing(outcome, "10.3.0.77")

    def test_a_dead_member_is_named_and_nobody_is_called_missing(self):
        self.behind_both_gateways("10.3.0.0/24", dead="10.3.0.77")
        self.two_uplinks()
        self.stop_arp("gw1")
        self.lab.run("monitor", "ip", "neigh", "flush", "dev", "eth0")
        outcome = self.lab.sweep("-p", "80", "10.3.0.1-10.3.0.254")
        document = self.assert_sweep(outcome, exit=3, conclusive=False)
        self.assertEqual(document["counts"]["open"], 253, str(outcome))
        self.assertEqual(document["counts"]["silent"], 0, str(outcome))
        self.assertIn(f"{GW1} on eth0 does not answer ARP", " ".join(document["inconclusive_reasons"]))
        self.assertIn(f"{GW1} on eth0 does not answer ARP", outcome.stderr)

    def test_a_rule_by_port_leads_probes_where_it_leads_connects(self):
        self.own("10.4.0.0/24", "gw2", dead="10.4.0.77")
        self.route("gw1", "blackhole", "10.4.0.0/24")
        self.route("monitor", "10.4.0.0/24", "via", GW1)
        self.route("monitor", "default", "via", GW2, "table", "102")
        rule = ("ipproto", "tcp", "dport", "80", "lookup", "102")
        self.ip("monitor", "rule", "add", *rule, undo=("rule", "del", *rule))
        self.route("gw2", "198.19.1.1/32", "dev", "eth0")
        self.assert_missing(self.lab.sweep("-p", "80", "10.4.0.1-10.4.0.254"), "10.4.0.77")

    def test_a_gateway_with_a_static_entry_need_not_speak_arp(self):
        self.own("10.5.0.0/24", "gw1", dead="10.5.0.77")
        self.route("monitor", "10.5.0.0/24", "via", GW1)
        self.stop_arp("gw1")  # forgets the gateway's own entries
        for space, address, other in (("monitor", GW1, "gw1"), ("gw1", "198.19.1.1", "monitor")):
            entry = (address, "lladdr", self.mac_of(other), "nud", "permanent", "dev", "eth0")
            self.ip(space, "neigh", "replace", *entry,
                    undo=("neigh", "del", address, "dev", "eth0"))
        self.assert_missing(self.lab.sweep("-p", "80", "10.5.0.1-10.5.0.254"), "10.5.0.77")

    def test_a_gateway_that_ignores_senders_of_other_subnets_is_alive(self):
        self.own("10.6.0.0/24", "gw1", dead="10.6.0.77")
        self.source_on_lo()
        self.route("monitor", "10.6.0.0/24", "via", GW1, "src", SOURCE)
        self.lab.run("gw1", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=2")
        self.addCleanup(self.lab.run, "gw1", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=0")
        # Other traffic of this host, from the address in the gateway's subnet.
        self.lab.run("monitor", "python3", "-c", "import socket; socket.socket(socket.AF_INET, "
                     f"socket.SOCK_DGRAM).sendto(b'', ('{GW1}', 9))")
        wait_until(lambda: "lladdr" in self.lab.run("monitor", "ip", "neigh", "show", GW1),
                   "the kernel to know the gateway")
        self.assert_missing(self.lab.sweep("-p", "80", "10.6.0.1-10.6.0.254"), "10.6.0.77")

    def test_a_dead_address_behind_an_ipv6_next_hop_is_named(self):
        for space in ("monitor", "gw1"):
            self.lab.run(space, "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0",
                         "net.ipv6.conf.eth0.disable_ipv6=0")
        self.ip("gw1", "addr", "add", "fe80::99/64", "dev", "eth0", "nodad",
                undo=("addr", "del", "fe80::99/64", "dev", "eth0"))
        self.own("10.7.0.0/24", "gw1", dead="10.7.0.77")
        self.route("monitor", "10.7.0.0/24", "via", "inet6", "fe80::99", "dev", "eth0")
        self.assert_missing(self.lab.sweep("-p", "80", "10.7.0.1-10.7.0.254"), "10.7.0.77")


if __name__ == "__main__":
    unittest.main(verbosity=2)
