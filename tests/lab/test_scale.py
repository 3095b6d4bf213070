"""A hundred thousand addresses, of which some are unbound at random: exactly those are named."""

import random
import unittest

from harness import LabTest, SynCounter, addresses_of, wait_until

RATE = 80000


class Scale(LabTest):
    KIND = "scale"

    def unbind(self, count, *options):
        seed = random.SystemRandom().randrange(10**6)
        self.addCleanup(self.lab.script, "heal")
        listing = self.lab.script("break", "--unbind", count, "--seed", seed, *options).strip()
        print(f"unbound {count}, seed {seed}", flush=True)
        with open(listing, encoding="ascii") as lines:
            return lines.read().split()

    def assert_names_exactly(self, outcome, unbound):
        document = self.assert_sweep(outcome, exit=2)
        named = [target["address"] for target in document["targets_not_open"]]
        self.assertEqual(sorted(set(unbound) - set(named)), [], "unbound, but not named")
        self.assertEqual(sorted(set(named) - set(unbound)), [], "named, but bound")
        self.assertEqual(len(named), len(unbound), "an address is named twice")
        in_groups = [group["missing"] for group in document["groups_not_up"]]
        self.assertEqual(addresses_of(sum(in_groups, [])), set(unbound))
        print(f"rate {document['path']['rate_pps']} pps over {document['path']['lane']}, "
              f"{document['duration_s']} s, {document['counts']}", flush=True)
        return document

    def test_300_of_131072_unbound_are_named_and_no_other(self):
        unbound = self.unbind(300, "--within", "10.0.0.0/15")
        outcome = self.lab.sweep("10.0.0.0/15:80", "--rate", RATE)
        document = self.assert_names_exactly(outcome, unbound)
        self.assertEqual(document["targets"], 131072)
        self.lab.script("heal")
        healed = self.assert_sweep(self.lab.sweep("10.0.0.0/15:80", "--rate", RATE), exit=0)
        self.assertEqual(healed["counts"]["open"], 131072)

    def test_addresses_whose_router_says_unreachable_are_named_the_same(self):
        unbound = self.unbind(40, "--within", "10.2.0.0/20", "--unreachable")
        outcome = self.lab.sweep("10.2.0.0/20:80", "--rate", RATE)
        self.assert_names_exactly(outcome, unbound)

    def test_ipv6_addresses_are_swept_as_well(self):
        missing = [f"2001:db8:42::{host:x}" for host in (3, 0x7f, 0x80, 0xfe)]
        for address in missing:
            self.lab.run("target", "ip", "route", "add", "blackhole", address, "table", "local")
            self.addCleanup(self.lab.run, "target", "ip", "route", "del", "blackhole", address,
                            "table", "local")
        self.assert_names_exactly(self.lab.sweep("2001:db8:42::/120", "-p", 80), missing)

    def test_a_sweep_leaves_no_half_open_connection_on_the_targets(self):
        cookies_before = self.kernel_count("SyncookiesSent")
        with SynCounter(self.lab, "target") as wire:
            document = self.assert_sweep(self.lab.sweep("10.4.0.0/16:80", "--rate", RATE), exit=0)
            # Every SYN-ACK that the monitor's kernel did not ask for is answered by its RST.
            wait_until(lambda: wire.read()["resets"] >= document["counts"]["open"],
                       "an RST for each open target")
        wait_until(lambda: self.half_open() == 0, "no half-open connection on the target")
        self.assertEqual(self.kernel_count("SyncookiesSent"), cookies_before, "we were a SYN flood")

    def half_open(self):
        return len(self.lab.run("target", "ss", "-Htn", "state", "syn-recv").splitlines())

    def kernel_count(self, name):
        lines = self.lab.run("target", "cat", "/proc/net/netstat").splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            table = dict(zip(names.split()[1:], values.split()[1:]))
            if name in table:
                return int(table[name])
        raise KeyError(name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
