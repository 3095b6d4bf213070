"""The soak of the watch, for half a minute: 100,000 targets every 10 s, its figures within their bars.

ROLLCALL_SOAK_SECONDS=600 for the length that counts.
"""

import os
import subprocess
import sys
import unittest

from harness import ROOT

SECONDS = int(os.environ.get("ROLLCALL_SOAK_SECONDS", "60"))


class Soak(unittest.TestCase):
    def test_a_hundred_thousand_targets_every_ten_seconds(self):
        done = subprocess.run(
            [sys.executable, "-B", str(ROOT / "bench" / "watch_soak.py"), "--seconds", str(SECONDS)],
            capture_output=True, text=True, timeout=SECONDS + 120, check=False)
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
