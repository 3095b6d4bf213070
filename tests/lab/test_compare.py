"""bench/compare.sh works from end to end, and puts back what it changes."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from harness import ROOT, STATE_ROOT, Running, require, wait_until

COMPARE = ROOT / "bench" / "compare.sh"
BACKLOG = pathlib.Path("/proc/sys/net/core/netdev_max_backlog")


def rows_of(report, tool):
    """The cells of every table row of a tool that has more columns than a rate."""
    rows = [[cell.strip() for cell in line.strip("| \n").split("|")]
            for line in report.splitlines() if line.startswith(f"| {tool} |")]
    return [row for row in rows if len(row) > 2]


class Compare(unittest.TestCase):
    def setUp(self):
        require(os.geteuid() == 0, "needs root: it makes network namespaces")
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.report = self.folder / "benchmarks.md"
        backlog = BACKLOG.read_text(encoding="ascii")
        self.addCleanup(
            lambda: self.assertEqual(BACKLOG.read_text(encoding="ascii"), backlog, "not put back"))

    def start(self, *arguments):
        running = Running([COMPARE, "--quick", "--output", self.report, *arguments])
        # The script becomes the Python process, so its labs carry this number.
        self.addCleanup(lambda: self.assertEqual(
            list(STATE_ROOT.glob(f"cmp-{running._process.pid}-*")), [], "a lab is left"))
        return running

    def test_every_tool_is_measured_and_a_sweep_is_never_wrong(self):
        outcome = self.start().finish(240)
        self.assertEqual(outcome.exit, 0, str(outcome))
        report = self.report.read_text(encoding="utf-8")
        print(report, flush=True)
        for tool in ("rollcall, one SYN", "masscan", "zmap", "nmap", "fping", "connect script"):
            self.assertIn(f"| {tool}", report)
        pure, *stacks = rows_of(report, "rollcall sweep")
        self.assertEqual(pure[2:4], ["0", "0"], "wrongly missing, wrongly found")
        self.assertEqual(len(stacks), 2)
        for row in stacks:
            self.assertEqual(row[2:4], ["0", "0"], "wrongly missing, wrongly found")
        self.assertIn("<svg", self.report.with_suffix(".svg").read_text(encoding="utf-8"))

    def test_an_end_in_the_middle_puts_the_settings_back_and_takes_the_labs_down(self):
        before = BACKLOG.read_text(encoding="ascii")
        running = self.start()
        wait_until(lambda: BACKLOG.read_text(encoding="ascii") != before, "it has changed a setting",
                   seconds=60)
        os.kill(running._process.pid, signal.SIGTERM)
        self.assertEqual(running.finish(60).exit, 143)
        self.assertFalse(self.report.exists())

    def test_figures_of_the_quick_mode_do_not_go_into_the_documentation(self):
        done = subprocess.run([COMPARE, "--quick"], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--output", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
