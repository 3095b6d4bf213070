"""What is printed neither contradicts itself nor sends the operator the wrong way."""

import re
import unittest

import topologies
from harness import BINARY, SynCounter, wait_until
from topologies import Network, SERVERS


class Words(unittest.TestCase):
    maxDiff = 4000

    def network(self, *faults):
        net = self.enterContext(Network(topologies.routed))
        for fault in faults:
            fault(net)
        return net

    @staticmethod
    def start_sweep(net, *options):
        return net.start(BINARY, "sweep", "-i", net.fleet, *options)

    def sweep(self, net, *options):
        return self.start_sweep(net, *options).finish(60)

    def test_no_rate_above_the_limit_is_shown(self):
        net = self.network()
        for limit in (20, 1000):
            outcome = self.sweep(net, "--rate", limit)
            self.assertEqual(outcome.exit, 0, str(outcome))
            shown = re.search(r"18 probes(?: at (\d+)/s)? over", outcome.stdout)
            self.assertIsNotNone(shown, str(outcome))
            self.assertLessEqual(int(shown[1] or 0), limit, str(outcome))

    def test_a_sweep_says_that_the_group_rate_limited_it(self):
        net = self.network()
        outcome = self.sweep(net, "--group-rate", 2)
        self.assertIn("(limited by --group-rate, not by --rate)", outcome.stdout, str(outcome))
        self.assertEqual(
            self.sweep(net, "--group-rate", 2, "--format", "json").document["path"]["limited_by"],
            "group_rate")
        outcome = self.sweep(net)
        self.assertNotIn("--group-rate", outcome.stdout, str(outcome))

    def test_no_gateway_is_blamed_where_our_own_address_moved(self):
        net = self.network(topologies.dead_server)
        with SynCounter(net, "far") as wire:
            running = self.start_sweep(net)
            wait_until(lambda: wire.syns() >= 18, "every target to be asked")
            net.ip("gateway", "addr add 192.0.2.1/29 dev inner")
            net.ip("monitor", "addr add 192.0.2.5/29 dev eth0", "addr del 192.0.2.2/30 dev eth0",
                   "route replace default via 192.0.2.1")
            outcome = running.finish(60)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("the source address 192.0.2.2 left this host", outcome.stdout, str(outcome))
        self.assertNotIn("gateway", outcome.stdout, str(outcome))

    def test_a_limited_group_that_answers_is_not_said_to_have_died(self):
        net = self.network(topologies.ration)
        outcome = self.sweep(net)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn("limited: web2", outcome.stdout, str(outcome))
        self.assertNotIn("died", outcome.stdout, str(outcome))

    def test_where_nothing_answers_this_host_is_not_said_to_hear_others(self):
        net = self.network()
        for server in SERVERS:
            network = net.networks[server]
            net.ip("far", f"route del local {network} dev lo table local",
                   f"route add blackhole {network} table local")
        outcome = net.start(BINARY, "verify", "-i", net.fleet, *SERVERS, "--wait", "5s").finish(60)
        self.assertEqual(outcome.exit, 2, str(outcome))
        self.assertNotRegex(outcome.stdout, "hears|cannot tell")

    def test_a_reason_is_said_once_and_names_its_cause(self):
        net = self.network(topologies.dead_address)
        net.nft("monitor", """
table inet own {
  chain out {
    type filter hook output priority 0;
    tcp dport 80 tcp sport 32768-60999 reject with tcp reset
  }
}""")
        outcome = self.sweep(net)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("1 target could not be judged: hosts that accept SYNs refuse", outcome.stdout)
        self.assertEqual(outcome.stdout.count("refuse this host's TCP connects"), 1, str(outcome))


if __name__ == "__main__":
    unittest.main(verbosity=2)
