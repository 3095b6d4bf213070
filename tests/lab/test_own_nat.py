"""A rule of this host that leads its own TCP connects to a socket of this host proves no address alive.

The raw SYNs do not meet the rule, the kernel's connects do: a dead address stays silent to SYNs and
then a local listener accepts for it.
"""

import unittest

import topologies
from harness import BINARY
from topologies import Network

PORT = 8080
WAIT_S = 6

# What the rule does with a connect to port 80, by family.
REDIRECT = ("redirect to :8080", "redirect to :8080")
DNAT = ("dnat to 127.0.0.1:8080", "dnat to [::1]:8080")
BUILDERS = ((topologies.routed, "ip"), (topologies.on_link, "ip"),
            (topologies.link_local_gateway, "ip6"))


class OwnNat(unittest.TestCase):
    maxDiff = 4000

    def network(self, build):
        net = self.enterContext(Network(build))
        net.listens("monitor", PORT)
        return net

    @staticmethod
    def rewrite(net, family, action):
        net.nft("monitor", f"""
table {family} own_nat {{
  chain out {{
    type nat hook output priority -100;
    tcp dport 80 {action}
  }}
}}""")

    def sweep(self, net):
        return net.start(BINARY, "sweep", "-i", net.fleet, "--format", "json").finish(60)

    def verify(self, net, group):
        return net.start(BINARY, "verify", "-i", net.fleet, group, "--wait", f"{WAIT_S}s",
                         "--format", "json").finish(60)

    def assert_told(self, outcome):
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertRegex(" ".join(outcome.document["inconclusive_reasons"]),
                         "could not be judged: connects .* are answered by this host itself.*Fix: ")

    def test_a_dead_address_does_not_pass_as_open_by_a_redirect(self):
        for build, family in BUILDERS:
            for actions in (REDIRECT, DNAT):
                action = actions[family == "ip6"]
                with self.subTest(build=build.__name__, action=action):
                    net = self.network(build)
                    topologies.dead_address(net)
                    self.rewrite(net, family, action)
                    swept = self.sweep(net)
                    self.assert_told(swept)
                    unknown = [target["address"] for target in swept.document["targets_not_open"]
                               if target["state"] == "unknown"]
                    self.assertIn(net.addresses["web2"][2], unknown, str(swept))
                    # On-link SYNs go by a raw IP socket, and so the rule takes them as well.
                    if build is not topologies.on_link:
                        self.assertEqual(len(unknown), 1, str(swept))
                    if actions is REDIRECT:
                        self.assert_told(self.verify(net, "web2"))

    def test_addresses_that_answer_syns_stay_open_under_a_redirect(self):
        net = self.network(topologies.routed)
        self.rewrite(net, "ip", REDIRECT[0])
        outcome = self.sweep(net)
        self.assertEqual(outcome.exit, 0, str(outcome))

    def test_a_dead_server_behind_a_redirect_is_not_up(self):
        net = self.network(topologies.routed)
        topologies.dead_server(net)
        self.rewrite(net, "ip", REDIRECT[0])
        outcome = self.sweep(net)
        self.assert_told(outcome)
        self.assertEqual(outcome.document["counts"]["unknown"], topologies.ADDRESSES, str(outcome))

    def test_addresses_of_this_host_itself_are_open_though_a_redirect_serves_them(self):
        net = self.network(topologies.routed)
        net.ip("monitor", "addr add 198.18.7.1/32 dev lo")
        self.rewrite(net, "ip", REDIRECT[0])
        # The SYNs over lo are lost, so connects alone can tell.
        net.nft("monitor", """
table netdev deaf {
  chain inward {
    type filter hook ingress device lo priority 0;
    tcp sport 61000-65535 drop
  }
}""")
        outcome = net.start(BINARY, "sweep", "198.18.7.1:80", "--format", "json").finish(60)
        self.assertNotIn("answered by this host itself", outcome.stdout, str(outcome))
        self.assertEqual(outcome.exit, 0, str(outcome))


if __name__ == "__main__":
    unittest.main(verbosity=2)
