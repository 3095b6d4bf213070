"""The story again under ThreadSanitizer: the same verdicts, and no race between the threads."""

import os
import unittest

from harness import ROOT, LabTest

BINARY = os.environ.get("ROLLCALL_TSAN_BINARY", str(ROOT / "build" / "tsan" / "cli" / "rollcall"))
RACE = 66


class Threads(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", 3, "--aliases", 254)

    def sweep(self, *arguments):
        report = self.scratch / "race"
        outcome = self.lab.sweep(
            "-i", self.lab.fleet, *arguments, binary=BINARY, timeout=120,
            env={"TSAN_OPTIONS": f"exitcode={RACE}:log_path={report}:second_deadlock_stack=1"})
        races = "\n".join(path.read_text() for path in self.scratch.glob("race.*"))
        self.assertEqual(races, "", "ThreadSanitizer found a race")
        self.assertNotEqual(outcome.exit, RACE, str(outcome))
        return outcome

    def test_a_partial_server_is_found_without_a_race(self):
        self.addCleanup(self.lab.script, "heal")
        self.lab.script("break", "web02", "--after", 200)
        for lane in ("io_uring", "sendmmsg", "ip"):
            with self.subTest(lane):
                outcome = self.sweep("--lane", lane)
                self.assert_sweep(outcome, exit=2)
                self.assertEqual(outcome.groups["web02"]["missing"], ["198.18.2.201-198.18.2.254"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
