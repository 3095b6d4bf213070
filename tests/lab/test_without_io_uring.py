"""io_uring may be forbidden: epoll then finds the same verdicts, and the operator is told."""

import pathlib
import sys
import unittest

from harness import LabTest

SETTING = pathlib.Path("/proc/sys/kernel/io_uring_disabled")
REFUSE = pathlib.Path(__file__).with_name("without_io_uring.py")


class WithoutIoUring(LabTest):
    KIND = "story"
    OPTIONS = ("--servers", 2, "--aliases", 60)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.script("break", "web02", "--after", 40)

    def assert_same_verdicts(self, **how):
        outcome = self.lab.sweep("-i", self.lab.fleet, **how)
        document = self.assert_sweep(outcome, exit=2)
        self.assertEqual(document["path"]["lane"], "sendmmsg", str(outcome))
        self.assertEqual(document["counts"]["open"], 100)
        self.assertEqual(outcome.groups["web02"]["missing"], ["198.18.2.41-198.18.2.60"])
        told = [line for line in outcome.complaints if "io_uring" in line]
        self.assertEqual(len(told), 1, str(outcome))
        self.assertIn("epoll", told[0])

    def test_a_container_that_refuses_the_system_call(self):
        self.assert_same_verdicts(wrapper=(sys.executable, REFUSE))

    def test_a_kernel_that_disables_it(self):
        # The setting is the whole host's: held for this one sweep and put back whatever happens.
        self.addCleanup(SETTING.write_text, SETTING.read_text(encoding="ascii"), encoding="ascii")
        SETTING.write_text("2\n", encoding="ascii")
        self.assert_same_verdicts()

    def test_where_it_was_asked_for_nothing_else_takes_its_place(self):
        refused = self.lab.sweep("-i", self.lab.fleet, "--lane", "io_uring",
                                 wrapper=(sys.executable, REFUSE))
        self.assertEqual(refused.exit, 3, str(refused))
        self.assertIn("io_uring", refused.complaints[-1])
        outcome = self.lab.sweep("-i", self.lab.fleet, "--lane", "io_uring")
        document = self.assert_sweep(outcome, exit=2)
        self.assertEqual(document["path"]["lane"], "io_uring", str(outcome))
        self.assertEqual([line for line in outcome.complaints if "io_uring" in line], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
