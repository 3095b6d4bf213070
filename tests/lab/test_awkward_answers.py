"""Answers that come twice, late, sparingly, or from somebody who answers for everybody."""

import json
import random
import unittest

from harness import KnownSweep, LabTest, addresses_of
from wire import SYN, SYN_ACK, Responder

MONITOR = "198.19.255.1"
ALL = 4096


class AwkwardAnswers(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/20")

    def unbind(self, count, *options):
        seed = random.SystemRandom().randrange(10**6)
        print(f"unbound {count}, seed {seed}", flush=True)
        self.addCleanup(self.lab.script, "heal")
        listing = self.lab.script("break", "--unbind", count, "--seed", seed, *options).strip()
        with open(listing, encoding="ascii") as lines:
            return set(lines.read().split())

    def rules(self, text):
        self.lab.run("target", "nft", "-f", "-", input=text)
        self.addCleanup(self.lab.run, "target", "nft", "delete", "table", "ip", "rollcall_awkward")

    def limited(self):
        listed = json.loads(self.lab.run("target", "nft", "-j", "list", "counter", "ip",
                                         "rollcall_awkward", "limited"))["nftables"]
        return next(entry["counter"]["packets"] for entry in listed if "counter" in entry)

    def unreachables(self):
        lines = self.lab.run("target", "cat", "/proc/net/snmp").splitlines()
        names, values = (line.split() for line in lines if line.startswith("Icmp:"))
        return int(values[names.index("OutDestUnreachs")])

    def test_answers_that_all_come_twice_count_once(self):
        self.rules("""
table ip rollcall_awkward {
  chain outward {
    type filter hook postrouting priority 300;
    oifname eth0 tcp flags & (syn | ack) == syn | ack dup to 198.19.255.1 device eth0
  }
}""")
        document = self.assert_sweep(self.lab.sweep("-i", self.lab.fleet), exit=0)
        self.assertEqual(document["counts"]["open"], ALL)
        self.assertEqual(document["path"]["replies"], ALL)
        # The sweep ends with the last answer and need not wait for the last duplicate.
        self.assertGreater(document["path"]["duplicate"], ALL * 9 // 10)

    def test_answers_later_than_every_attempt_or_during_the_connects_still_mean_alive(self):
        late = self.unbind(300)
        # Between attempt 2 and the first connect, and during the connects, which find nobody.
        delays = {address: 1.5 if number % 2 else 2.3 for number, address in enumerate(late)}
        asked = set()

        def answer(segment):
            if segment.flags != SYN or segment.peer not in delays or segment.peer in asked:
                return 0, []
            asked.add(segment.peer)
            return delays[segment.peer], [segment.reply(SYN_ACK)]

        known = KnownSweep(self.lab, MONITOR, self.lab.fleet)
        with Responder(self.lab, "target", answer) as responder:
            document = self.assert_sweep(known.start(20000).finish(30), exit=0)
        self.assertEqual(responder.answered, len(late))
        self.assertEqual(document["counts"]["open"], ALL)
        self.assertGreaterEqual(document["path"]["late"], len(late))
        evidence = {target["address"]: target["evidence"] for target in document["targets_open"]}
        for address in late:
            self.assertEqual(evidence[address][0], "syn:syn-ack", address)
            self.assertIn("syn:timeout", evidence[address], address)

    def test_a_server_that_rations_its_resets_and_icmp_has_no_bound_address_missing(self):
        # 200 a second is FreeBSD's limit. Nobody listens on port 81: each bound address refuses.
        self.rules("""
table ip rollcall_awkward {
  counter limited { }
  chain outward {
    type filter hook output priority 0;
    tcp flags & rst == rst limit rate over 200/second burst 5 packets counter name limited drop
  }
}""")
        # Linux rations ICMP by itself: one a second to a receiver, after a burst of six.
        unbound = self.unbind(40, "--within", "10.0.1.0/24", "--unreachable")
        fleet = self.scratch / "bound.csv"
        fleet.write_text("address,ports,group,expect\n10.0.1.0/24,81,server,bound\n")
        icmp_before = self.unreachables()
        document = self.assert_sweep(self.lab.sweep("-i", fleet), exit=2)
        icmp = self.unreachables() - icmp_before
        print(f"{self.limited()} resets withheld, {icmp} ICMPs sent, {document['counts']}",
              flush=True)
        self.assertGreater(self.limited(), 0, "no reset was withheld")
        self.assertLess(icmp, len(unbound), "no ICMP was withheld")
        (server,) = document["groups_not_up"]
        self.assertEqual(addresses_of(server["missing"]), unbound)
        self.assertEqual(document["counts"]["closed"], 256 - len(unbound))

    def test_a_host_of_many_groups_that_rations_its_resets_has_no_bound_address_missing(self):
        # 4,096 live addresses of one host, each /24 a group: what a group may be asked a second is
        # sixteen times too much for what the host answers.
        self.rules("""
table ip rollcall_awkward {
  counter limited { }
  chain outward {
    type filter hook output priority 0;
    tcp flags & rst == rst limit rate over 200/second counter name limited drop
  }
}""")
        lines = [f"10.0.{n}.0/24,81,g{n},bound" for n in range(16)]
        fleet = self.scratch / "groups.csv"
        fleet.write_text("address,ports,group,expect\n" + "\n".join(lines) + "\n")
        outcome = self.lab.sweep("-i", fleet, timeout=150)
        print(f"{outcome.seconds:.1f} s, {outcome.document['counts']}, "
              f"{outcome.document['path']['findings']}, {self.limited()} limited", flush=True)
        self.assertGreater(self.limited(), 0)
        self.assertEqual(outcome.document["counts"]["silent"], 0, str(outcome))

    def test_who_answers_for_everybody_makes_dead_addresses_look_open(self):
        """What a tarpit or a SYN proxy in the path does to a sweep that asks no unused address.

        Each packet is as it would be from the true host, so nothing in it can tell.
        """
        unbound = self.unbind(100)

        def answer(segment):
            proxied = segment.flags == SYN and segment.peer in unbound
            return 0, [segment.reply(SYN_ACK)] if proxied else []

        with Responder(self.lab, "target", answer):
            document = self.assert_sweep(self.lab.sweep("-i", self.lab.fleet), exit=0)
            liar = min(unbound)
            told = self.lab.sweep("-i", self.lab.fleet, "--canary-unused", f"{liar}:80")
        self.assertEqual(document["counts"]["open"], ALL)
        self.assertEqual(told.exit, 3, str(told))
        self.assertRegex(" ".join(told.document["inconclusive_reasons"]),
                         f"{liar}:80 answered, and it should not")


if __name__ == "__main__":
    unittest.main(verbosity=2)
