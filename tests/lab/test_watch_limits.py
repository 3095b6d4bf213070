"""A server that limits new connections, from the start or from some moment on, is never told missing."""

import time
import unittest

from watching import WatchLab

# As firewalls ship it: so many in half a minute from one source, and refused ones count as well.
LIMIT = """
table inet rationing {
  set recent { type ipv4_addr; flags dynamic,timeout; timeout 60s; }
  chain in {
    type filter hook input priority 0;
    tcp dport 80 ct state new add @recent { ip saddr limit rate over %s } drop
  }
}
"""
WATCHED_S = 75


class WatchLimits(WatchLab):
    SERVERS, ALIASES = 4, 20

    def limit(self, server, rate):
        self.lab.run(server, "nft", "-f", "-", input=LIMIT % rate)
        self.addCleanup(self.lab.run, server, "nft", "delete", "table", "inet", "rationing")

    def assert_nobody_is_told_missing(self):
        deadline = time.monotonic() + WATCHED_S
        while time.monotonic() < deadline:
            time.sleep(1)
            wrong = {group: shown.get("trouble") for group, shown in self.groups().items()
                     if shown.get("trouble") not in (None, "", "cannot_judge")}
            self.assertEqual(wrong, {}, self.watch.stderr_so_far()[-6000:])
        self.assertEqual({subject for _, subject in self.told()} - {"web02"}, set())

    def test_twelve_a_minute_from_the_start(self):
        self.limit("web02", "12/minute burst 6 packets")
        self.start_watch()
        self.assert_nobody_is_told_missing()

    def test_twelve_a_minute_from_some_moment_on(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.limit("web02", "12/minute burst 6 packets")
        self.assert_nobody_is_told_missing()

    def test_five_a_second_and_a_dead_address_among_them(self):
        self.start_watch()
        self.wait_for_a_sweep()
        self.limit("web02", "5/second burst 10 packets")
        self.lab.run("web02", "nft", "insert rule inet rationing in ip daddr 198.18.2.7 drop")
        self.wait_for(lambda: self.trouble_of("web02") == "partial", "the dead one to be told", 120)
        self.assertEqual(self.groups()["web02"]["missing"], ["198.18.2.7"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
