"""Whatever keeps this host from hearing for a while: nobody who is up is called missing, the really
unbound are still found where the rest of the sweep allows it, and the output says what happened."""

import os
import random

import subprocess

import time
import unittest

from harness import LabTest, SynCounter, addresses_of, wait_until
from stall import stall, threads_named

FLEET = "10.0.0.0/16:80"
RATE = 20000
MID_SWEEP = 20000  # SYNs

class Deafness(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/16")
    UNBOUND = 20

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seed = random.SystemRandom().randrange(10**6)
        print(f"unbound {cls.UNBOUND}, seed {seed}", flush=True)
        listing = cls.lab.script("break", "--unbind", cls.UNBOUND, "--seed", seed).strip()
        with open(listing, encoding="ascii") as lines:
            cls.unbound = set(lines.read().split())

    def in_target(self, *command):
        return self.lab.run("target", *command)

    def start(self, *options, rate=RATE):
        return self.lab.start_sweep(FLEET, "--rate", rate, *options)

    def sweep_with(self, trouble, *options, rate=RATE, timeout=120):
        """Runs `trouble` in mid-sweep."""
        with SynCounter(self.lab, "target") as wire:
            running = self.start(*options, rate=rate)
            wait_until(lambda: wire.syns() >= MID_SWEEP, "the sweep to be under way", 60)
            trouble()
            return running.finish(timeout)

    def assert_honest(self, outcome, says, found_all=True):
        """Nobody who is up is missing; what happened is said; all the unbound are named, or else the
        sweep is inconclusive."""
        document = outcome.document
        named = {target["address"] for target in document["targets_not_open"]
                 if target["state"] in ("silent", "unreachable")}
        path = document["path"]
        print(f"exit {outcome.exit} after {outcome.seconds:.1f} s, {document['counts']}, "
              f"{path['unsound_slices']} of {path['slices']} slices unsound, {path['findings']}, "
              f"{document['inconclusive_reasons']}", flush=True)
        self.assertEqual(sorted(named - self.unbound), [], "up, but called missing")
        words = " ".join(path["findings"] + document["inconclusive_reasons"])
        self.assertRegex(words, says, str(outcome))
        if found_all:
            self.assertEqual(sorted(self.unbound - named), [], "unbound, but not named")
            self.assertEqual(outcome.exit, 2, str(outcome))
        elif named != self.unbound:
            self.assertFalse(document["conclusive"], str(outcome))

    # nftables in the target, the far end of the path

    def drop_replies(self):
        self.in_target("nft", "add table inet trap; "
                       "add chain inet trap out { type filter hook output priority 0; }; "
                       "add rule inet trap out tcp sport 80 drop")

    def pass_replies(self):
        self.in_target("nft", "add table inet trap; delete table inet trap")

    def test_a_blackout_of_three_seconds(self):
        def blackout():
            self.addCleanup(self.pass_replies)
            self.drop_replies()
            time.sleep(3)
            self.pass_replies()
        self.assert_honest(self.sweep_with(blackout), "nearly none of the expected answers")

    def test_a_firewall_that_drops_all_replies(self):
        self.addCleanup(self.pass_replies)
        self.drop_replies()
        outcome = self.lab.sweep("10.0.0.0/22:80", "--rate", RATE, timeout=120)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assert_honest(outcome, "no address answers by way of the gateway", found_all=False)

    def test_a_firewall_that_begins_to_drop_all_replies(self):
        self.addCleanup(self.pass_replies)
        outcome = self.sweep_with(self.drop_replies)
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assert_honest(outcome, "this vantage is blind", found_all=False)

    def test_a_link_that_is_down_for_two_seconds(self):
        def flap():
            self.addCleanup(self.in_target, "ip", "link", "set", "eth0", "up")
            self.in_target("ip", "link", "set", "eth0", "down")
            time.sleep(2)
            self.in_target("ip", "link", "set", "eth0", "up")
        self.assert_honest(self.sweep_with(flap), "the link changed \d+ times", found_all=False)

    def test_a_gateway_that_changes_its_address(self):
        before = self.in_target("cat", "/sys/class/net/eth0/address").strip()
        # Last: what the monitor has learned is wrong again once the old address is back.
        self.addCleanup(self.lab.run, "monitor", "ip", "neigh", "flush", "dev", "eth0")
        self.addCleanup(self.in_target, "ip", "link", "set", "eth0", "address", before)
        outcome = self.sweep_with(
            lambda: self.in_target("ip", "link", "set", "eth0", "address", "02:00:00:00:47:11"))
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assert_honest(outcome, "changed its MAC address", found_all=False)

    def test_a_reader_that_stands_still(self):
        def stop_reading():
            threads = threads_named("rc-capture", f"/run/netns/{self.lab.name}.monitor")
            self.assertEqual(len(threads), 1)
            stall(threads[0], 0.3)
        self.assert_honest(self.sweep_with(stop_reading), "the capture was kept from running")

    def test_a_capture_ring_of_one_megabyte_at_full_rate(self):
        def stop_reading():  # a ring of 5,000 replies, and nobody who empties it
            threads = threads_named("rc-capture", f"/run/netns/{self.lab.name}.monitor")
            stall(threads[0], 0.3)
        outcome = self.sweep_with(stop_reading, "--capture-ring", 1, rate=1000000)
        self.assertGreater(outcome.document["path"]["capture_drops"], 0, str(outcome))
        self.assert_honest(outcome, "the capture ring was full")

    def test_a_full_transmit_queue(self):
        self.lab.run("monitor", "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate",
                     "4mbit", "burst", "16kb", "limit", "16kb")
        self.addCleanup(self.lab.run, "monitor", "tc", "qdisc", "del", "dev", "eth0", "root")
        outcome = self.lab.sweep("10.0.0.0/19:80", "--rate", RATE, "--lane", "ip", timeout=120)
        self.unbound_here(outcome, "10.0.0.0-10.0.31.255", "queue discipline dropped")

    def unbound_here(self, outcome, within, says):
        part = self.unbound & addresses_of([within])
        whole, self.unbound = self.unbound, part
        try:
            self.assert_honest(outcome, says, found_all=False)
        finally:
            self.unbound = whole

    def test_replies_steered_onto_an_overloaded_processor(self):
        last = os.cpu_count() - 1
        self.assertGreater(last, 0, "this needs a second processor")
        backlog = subprocess.run(["sysctl", "-n", "net.core.netdev_max_backlog"], text=True,
                                 capture_output=True, check=True).stdout.strip()
        steering = "/sys/class/net/eth0/queues/rx-0/rps_cpus"
        self.addCleanup(self.lab.run, "monitor", "sh", "-c", f"echo 0 > {steering}")
        self.addCleanup(subprocess.run, ["sysctl", "-qw", f"net.core.netdev_max_backlog={backlog}"],
                        check=True)
        subprocess.run(["sysctl", "-qw", "net.core.netdev_max_backlog=1"], check=True)
        self.lab.run("monitor", "sh", "-c", f"echo {1 << last:x} > {steering}")
        # Something else keeps that processor busy.
        busy = [subprocess.Popen(["taskset", "-c", str(last), "timeout", "60", "sh", "-c",
                                  "while :; do :; done"]) for _ in range(3)]
        try:
            outcome = self.lab.sweep(FLEET, "--rate", 1000000, timeout=120)
        finally:
            for process in busy:
                process.terminate()
                process.wait()
        self.assertGreater(outcome.document["path"]["kernel_drops"], 0, str(outcome))
        self.assert_honest(outcome, "a full processor backlog dropped", found_all=False)

if __name__ == "__main__":
    unittest.main(verbosity=2)
