"""--rate auto: soon near the best fixed rate that loses nothing, and nobody is missing for it."""

import time
import unittest

from harness import LabTest, SynCounter

FLEET = "10.0.0.0/14:80"  # 262,144 addresses
TARGETS = 262144
BEST_SHARE = 0.8
WINDOW_S = 0.5


class Rate(LabTest):
    KIND = "scale"
    OPTIONS = ("--prefix", "10.0.0.0/14")

    def sweep(self, rate):
        """A sweep, and the best rate at which SYNs arrived over any WINDOW_S of its first 15 s."""
        seen = []
        with SynCounter(self.lab, "target") as wire:
            running = self.lab.start_sweep(FLEET, "--rate", rate)
            start = time.monotonic()
            while not running.ended() and time.monotonic() < start + 15:
                seen.append((time.monotonic(), wire.syns()))
                time.sleep(0.1)
            outcome = running.finish(90)
        best = 0
        for i, (at, count) in enumerate(seen):
            later = next(((t, c) for t, c in seen[i:] if t >= at + WINDOW_S), None)
            if later:
                best = max(best, (later[1] - count) / (later[0] - at))
        path = outcome.document["path"]
        drops = path["ring_drops"] + path["capture_drops"] + path["kernel_drops"]
        lossless = drops == 0 and path["unsound_slices"] == 0 and path["loss"] == 0
        print(f"--rate {rate}: {best:.0f}/s at best, {path['rate_pps']}/s on average, "
              f"{'no loss' if lossless else 'loss'} ({drops} dropped, {path['loss']} lost), "
              f"{outcome.seconds:.1f} s", flush=True)
        self.assertEqual(outcome.exit, 0, str(outcome))  # nobody is missing, whatever the rate
        self.assertEqual(outcome.document["counts"]["open"], TARGETS)
        return best, lossless

    def best_fixed_rate(self):
        """By bisection; what cannot be reached is limited by the processor."""
        low, high, best = 20000, 640000, 0
        for _ in range(5):
            rate = (low * high) ** 0.5
            reached, lossless = self.sweep(int(rate))
            if lossless:
                best = max(best, reached)
                low = rate
            else:
                high = rate
        return best

    def test_auto_comes_within_a_fifth_of_the_best_fixed_rate(self):
        best = self.best_fixed_rate()
        self.assertGreater(best, 0, "no fixed rate was free of loss")
        reached = max(self.sweep("auto")[0] for _ in range(2))
        print(f"auto reached {reached / best:.2f} of {best:.0f}/s", flush=True)
        self.assertGreaterEqual(reached, BEST_SHARE * best)


if __name__ == "__main__":
    unittest.main(verbosity=2)
