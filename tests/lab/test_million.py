"""1,048,576 addresses, every one once, in little memory."""

import unittest

from harness import PREFLIGHT_SYNS_MAX, LabTest, SynCounter

ADDRESSES = 1 << 20
RSS_MB_MAX = 160


class Million(LabTest):
    KIND = "scale"

    def test_a_million_bound_addresses_are_all_open_and_each_is_asked_once(self):
        with SynCounter(self.lab, "target", twice=True) as wire:
            outcome = self.lab.sweep("-i", self.lab.fleet, "--rate", 60000, timeout=150)
            seen = wire.read()
        document = self.assert_sweep(outcome, exit=0)
        path = document["path"]
        print(f"rate {path['rate_pps']} pps over {path['lane']}, {outcome.seconds:.1f} s, "
              f"peak {outcome.rss_mb:.1f} MB, {seen}, {path}", flush=True)
        self.assertEqual(document["counts"]["open"], ADDRESSES)
        self.assertEqual(document["targets"], ADDRESSES)
        self.assertLessEqual(seen["repeated"], path["canary_probes"],
                             "the same address from the same port twice, and no canary")
        # Only an answer that came late or got lost is a reason to ask an address again.
        # Beside the probes there are only the preflight's own few.
        others = seen["syns"] - path["probes_sent"] - path["canary_probes"]
        self.assertIn(others, range(PREFLIGHT_SYNS_MAX + 1))
        self.assertEqual(path["replies"], ADDRESSES)
        self.assertLessEqual(path["probes_sent"] - ADDRESSES, ADDRESSES // 1000)
        self.assertLessEqual(outcome.rss_mb, RSS_MB_MAX)


if __name__ == "__main__":
    unittest.main(verbosity=2)
