"""The highest rate at which a tool loses nothing, by a bounded search."""

import unittest

LOWEST = 50_000
START = 100_000
HIGHEST = 1_600_000
NARROWINGS = 2
REACHED = 0.9  # of what was asked: below, the tool cannot send faster


def loss_free_rate(trial):
    """`trial(rate)` -> (rate that came about, addresses lost); 0 when even LOWEST loses some."""
    best, failed, rate, left = 0.0, None, START, NARROWINGS
    while True:
        came, lost = trial(rate)
        if lost:
            came, lost = trial(rate)  # a machine hiccups: only twice is a failure
        if lost:
            failed = rate
        else:
            best = max(best, came)
            if came < REACHED * rate:
                return best
        if failed is None:
            if rate >= HIGHEST:
                return best
            rate = min(rate * 2, HIGHEST)
        elif not best:
            if rate <= LOWEST:
                return best
            rate /= 2
        elif left:
            left -= 1
            rate = (best * failed) ** 0.5
        else:
            return best


class Search(unittest.TestCase):
    @staticmethod
    def found(knee, top=1e9):
        asked = []

        def trial(rate):
            asked.append(rate)
            came = min(rate, top)
            return came, max(0, came - knee)

        return loss_free_rate(trial), asked

    def test_finds_the_knee_to_a_few_percent_and_never_above(self):
        for knee in range(51_000, 1_500_000, 7_777):
            best, asked = self.found(knee)
            self.assertLessEqual(best, knee)
            self.assertGreaterEqual(best, knee / 1.5)
            self.assertLess(len(asked), 20)

    def test_ends_where_the_tool_cannot_send_faster(self):
        best, asked = self.found(1e9, top=150_000)
        self.assertEqual(best, 150_000)
        self.assertEqual(asked, [100_000, 200_000])

    def test_gives_up_below_the_lowest_rate(self):
        best, asked = self.found(100)
        self.assertEqual(best, 0)
        self.assertEqual(asked[-1], LOWEST)


if __name__ == "__main__":
    unittest.main(verbosity=2)
